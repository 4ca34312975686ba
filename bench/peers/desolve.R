# deSolve: lsoda on right-hand sides written in R, restarted where an infusion begins or ends.
file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
source(file.path(dirname(normalizePath(file[1])), "common.R"))
suppressPackageStartupMessages(library(deSolve))

three_compartments <- list(
  initial = function() c(0, 0, 0),
  derivative = function(t, x, p) {
    k10 <- p[["CL"]] / p[["V1"]]
    k12 <- p[["Q2"]] / p[["V1"]]
    k21 <- p[["Q2"]] / p[["V2"]]
    k13 <- p[["Q3"]] / p[["V1"]]
    k31 <- p[["Q3"]] / p[["V3"]]
    list(c(p[["input"]] - (k10 + k12 + k13) * x[1] + k21 * x[2] + k31 * x[3],
           k12 * x[1] - k21 * x[2],
           k13 * x[1] - k31 * x[3]))
  },
  outputs = function(x, p) cbind(x[, 1] / p[["V1"]])
)

saturable <- list(
  initial = function() c(0, 0, 0, 100),
  derivative = function(t, x, p) {
    c1 <- x[1] / p[["V1"]]
    exchange <- p[["Q"]] * (c1 - x[2] / p[["V2"]])
    list(c(p[["input"]] - p[["VMAX"]] * c1 / (p[["KM"]] + c1) - exchange,
           exchange,
           p[["KE0"]] * (c1 - x[3]),
           p[["KOUT"]] * (100 * (1 - 0.85 * x[3] / (p[["IC50"]] + x[3])) - x[4])))
  },
  outputs = function(x, p) cbind(x[, 1] / p[["V1"]], x[, 4])
)

metabolites <- list(
  initial = function() numeric(6),
  derivative = function(t, x, p) {
    parent <- three_compartments$derivative(t, x, p)[[1]]
    n12 <- p[["QN"]] / p[["VN1"]]
    n21 <- p[["QN"]] / p[["VN2"]]
    n10 <- p[["CLN"]] / p[["VN1"]]
    list(c(parent,
           0.8 * p[["CL"]] / p[["V1"]] * x[1] - (n10 + n12) * x[4] + n21 * x[5],
           n12 * x[4] - n21 * x[5],
           0.7 * n10 * x[4] - p[["CLM"]] / p[["VM"]] * x[6]))
  },
  outputs = function(x, p) cbind(x[, 1] / p[["V1"]], x[, 4] / p[["VN1"]], x[, 6] / p[["VM"]])
)

question <- read_question()
model <- switch(question$equations,
                "three-compartments" = three_compartments, saturable = saturable, metabolites = metabolites)
doses <- question$doses
ends <- sort(unique(c(doses$TIME, doses$TIME + doses$AMT / doses$RATE, max(question$times))))
ends <- ends[ends > 0 & ends <= max(question$times)]

solve_person <- function(row) {
  p <- unlist(question$people[row, -1])
  x <- model$initial()
  states <- matrix(x, nrow = sum(question$times <= 0), ncol = length(x), byrow = TRUE)
  from <- 0
  for (end in ends) {
    on <- doses$TIME <= from & from < doses$TIME + doses$AMT / doses$RATE
    wanted <- question$times[question$times > from & question$times <= end]
    grid <- unique(c(from, wanted, end))
    path <- lsoda(x, grid, model$derivative, c(p, input = sum(doses$RATE[on])), rtol = question$relative,
                  atol = question$absolute, maxsteps = 1e5)
    states <- rbind(states, path[match(wanted, grid), -1, drop = FALSE])
    x <- path[nrow(path), -1]
    from <- end
  }
  model$outputs(states, p)
}

measure(question, NA, function() do.call(rbind, lapply(seq_len(nrow(question$people)), solve_person)))
