# What the scripts of this folder share: the question of a benchmark as files of a folder, and the answer as files.
#
# A script is called as `Rscript NAME.R FOLDER`. It makes its model ready, solves everyone `repetitions` times, and
# leaves answer.csv (ID, TIME and outputs of the people of checked.csv) and report.csv.

read_question <- function() {
  folder <- commandArgs(TRUE)[1]
  read <- function(name) read.csv(file.path(folder, name), check.names = FALSE)
  request <- read("request.csv")
  value <- setNames(request$value, request$name)
  list(
    folder = folder,
    equations = value[["equations"]],
    relative = as.numeric(value[["relative"]]),
    absolute = as.numeric(value[["absolute"]]),
    repetitions = as.integer(value[["repetitions"]]),
    people = read("people.csv"),
    doses = read("doses.csv"),
    times = read("times.csv")$TIME,
    checked = read("checked.csv")$ID
  )
}

# A field of this process's status, in bytes; NA where the system has none.
status_bytes <- function(field) {
  if (!file.exists("/proc/self/status")) return(NA_real_)
  line <- grep(paste0("^", field, ":"), readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) * 1024
}

# solve() returns the values of everyone as a matrix with a row for each person and time, person after person in the
# order of people.csv, and a column for each output. ready_seconds: what making the model ready took, NA for nothing.
measure <- function(question, ready_seconds, solve) {
  invisible(gc())
  before <- status_bytes("VmRSS")
  first <- system.time(result <- solve())[["elapsed"]]
  beyond <- status_bytes("VmHWM") - before - as.numeric(object.size(result))
  seconds <- first
  while (length(seconds) < question$repetitions && sum(seconds) < 20) {
    seconds <- c(seconds, system.time(result <- solve())[["elapsed"]])
  }
  rows <- length(question$times)
  stopifnot(nrow(result) == rows * nrow(question$people))
  wanted <- match(question$checked, question$people$ID)
  index <- as.vector(outer(seq_len(rows), (wanted - 1) * rows, `+`))
  answer <- data.frame(ID = rep(question$checked, each = rows), TIME = rep(question$times, length(wanted)),
                       result[index, , drop = FALSE])
  # 17 digits: nothing is lost on the way.
  text <- vapply(answer, function(column) formatC(column, digits = 17, format = "g", width = 1), character(nrow(answer)))
  write.table(text, file.path(question$folder, "answer.csv"), sep = ",", quote = FALSE, row.names = FALSE)
  report <- data.frame(
    name = c(rep("seconds", length(seconds)), "ready_seconds", "memory_beyond_bytes", "process_bytes"),
    value = format(c(seconds, ready_seconds, beyond, status_bytes("VmHWM")), digits = 15, scientific = FALSE,
                   trim = TRUE)
  )
  write.table(report, file.path(question$folder, "report.csv"), sep = ",", quote = FALSE, row.names = FALSE)
}
