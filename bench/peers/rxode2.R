# rxode2: its LSODA in C, on one core; one call for everyone.
file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
source(file.path(dirname(normalizePath(file[1])), "common.R"))
suppressPackageStartupMessages(library(rxode2))

parent <- "
d/dt(A1) = -(CL + Q2 + Q3)/V1*A1 + Q2/V2*A2 + Q3/V3*A3;
d/dt(A2) = Q2/V1*A1 - Q2/V2*A2;
d/dt(A3) = Q3/V1*A1 - Q3/V3*A3;
"
code <- list(
  "three-compartments" = paste0(parent, "Y1 = A1/V1;"),
  saturable = "
C1 = A1/V1;
d/dt(A1) = -VMAX*C1/(KM + C1) - Q*(C1 - A2/V2);
d/dt(A2) = Q*(C1 - A2/V2);
d/dt(EFFECT) = KE0*(C1 - EFFECT);
d/dt(RESPONSE) = KOUT*(100*(1 - 0.85*EFFECT/(IC50 + EFFECT)) - RESPONSE);
RESPONSE(0) = 100;
Y1 = A1/V1;
Y2 = RESPONSE;
",
  metabolites = paste0(parent, "
d/dt(N1) = 0.8*CL/V1*A1 - (CLN + QN)/VN1*N1 + QN/VN2*N2;
d/dt(N2) = QN/VN1*N1 - QN/VN2*N2;
d/dt(M1) = 0.7*CLN/VN1*N1 - CLM/VM*M1;
Y1 = A1/V1;
Y2 = N1/VN1;
Y3 = M1/VM;
")
)

question <- read_question()
ready <- system.time(model <- rxode2(code[[question$equations]]))[["elapsed"]]
events <- et()
for (row in seq_len(nrow(question$doses))) {
  events <- et(events, time = question$doses$TIME[row], amt = question$doses$AMT[row], rate = question$doses$RATE[row],
               cmt = "A1")
}
events <- et(events, question$times)
parameters <- question$people[, setdiff(names(question$people), "ID")]
outputs <- intersect(c("Y1", "Y2", "Y3"), model$lhs)

measure(question, ready, function() {
  table <- rxSolve(model, params = parameters, events = events, cores = 1L, method = "liblsoda",
                   rtol = question$relative, atol = question$absolute, maxsteps = 1000000L, addDosing = FALSE,
                   returnType = "data.frame")
  as.matrix(table[, outputs, drop = FALSE])
})
