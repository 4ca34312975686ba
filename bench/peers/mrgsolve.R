# mrgsolve: its ODE solver (LSODA), which was faster here than its closed forms; one call for everyone.
file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
source(file.path(dirname(normalizePath(file[1])), "common.R"))
suppressPackageStartupMessages(library(mrgsolve))

parent <- "
$PARAM CL=70, V1=25, Q2=110, V2=55, Q3=45, V3=180
$CMT A1 A2 A3
$ODE
dxdt_A1 = -(CL + Q2 + Q3)/V1*A1 + Q2/V2*A2 + Q3/V3*A3;
dxdt_A2 = Q2/V1*A1 - Q2/V2*A2;
dxdt_A3 = Q3/V1*A1 - Q3/V3*A3;
"
code <- list(
  "three-compartments" = paste0(parent, "
$TABLE
capture Y1 = A1/V1;
"),
  saturable = "
$PARAM VMAX=30, KM=0.4, V1=25, Q=60, V2=150, KE0=3, KOUT=0.15, IC50=0.08
$CMT A1 A2 EFFECT RESPONSE
$MAIN
RESPONSE_0 = 100;
$ODE
double C1 = A1/V1;
dxdt_A1 = -VMAX*C1/(KM + C1) - Q*(C1 - A2/V2);
dxdt_A2 = Q*(C1 - A2/V2);
dxdt_EFFECT = KE0*(C1 - EFFECT);
dxdt_RESPONSE = KOUT*(100*(1 - 0.85*EFFECT/(IC50 + EFFECT)) - RESPONSE);
$TABLE
capture Y1 = A1/V1;
capture Y2 = RESPONSE;
",
  metabolites = "
$PARAM CL=70, V1=25, Q2=110, V2=55, Q3=45, V3=180, CLN=55, VN1=60, QN=30, VN2=110, CLM=25, VM=40
$CMT A1 A2 A3 N1 N2 M1
$ODE
dxdt_A1 = -(CL + Q2 + Q3)/V1*A1 + Q2/V2*A2 + Q3/V3*A3;
dxdt_A2 = Q2/V1*A1 - Q2/V2*A2;
dxdt_A3 = Q3/V1*A1 - Q3/V3*A3;
dxdt_N1 = 0.8*CL/V1*A1 - (CLN + QN)/VN1*N1 + QN/VN2*N2;
dxdt_N2 = QN/VN1*N1 - QN/VN2*N2;
dxdt_M1 = 0.7*CLN/VN1*N1 - CLM/VM*M1;
$TABLE
capture Y1 = A1/V1;
capture Y2 = N1/VN1;
capture Y3 = M1/VM;
"
)

question <- read_question()
ready <- system.time(
  model <- mcode(gsub("-", "_", question$equations), code[[question$equations]], soloc = question$folder)
)[["elapsed"]]
# An end before the start leaves out the regular grid; only the times of `add` are then reported.
model <- update(model, rtol = question$relative, atol = question$absolute, maxsteps = 1e6, start = 0, end = -1,
                add = question$times)
doses <- as.ev(data.frame(time = question$doses$TIME, amt = question$doses$AMT, rate = question$doses$RATE, cmt = 1,
                          evid = 1))
outputs <- grep("^Y[0-9]$", outvars(model)$capture, value = TRUE)

measure(question, ready, function() {
  table <- mrgsim_ei(model, doses, idata = question$people, obsonly = TRUE, output = "df")
  as.matrix(table[, outputs, drop = FALSE])
})
