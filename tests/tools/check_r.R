# Does a file open, labelled and plotted, in R? R has dims in reverse order.
#
#     Rscript check_r.R FILE.h5 ...
#
# Walks the datasets with hdf5r (slow, so of the groups of many algorithms three
# are visited), follows the default plot as a viewer does, and recomputes the
# losses of trajectories_loss from predictions and labels. One line per fault;
# exit code 1 when there is one, 77 (skipped) without hdf5r.
if (!requireNamespace("hdf5r", quietly = TRUE)) {
  cat("skipped: no hdf5r (apt-get install r-cran-hdf5r)\n")
  quit(status = 77)
}
faults <- 0

fault <- function(...) {
  cat(..., "\n", sep = "")
  faults <<- faults + 1
}

text_attribute <- function(item, name) {
  value <- if (item$attr_exists(name)) hdf5r::h5attr(item, name)
  if (is.character(value) && length(value) == 1 && nzchar(value)) value else NA
}

check_dataset <- function(path, item) {
  if (is.na(text_attribute(item, "long_name"))) fault(path, ": no long_name")
  value <- item$read()
  if (is.numeric(value) && is.na(text_attribute(item, "units")))
    fault(path, ": no units")
  if (!is.numeric(value) && !is.character(value))
    fault(path, ": read as ", class(value)[1])
}

check_group <- function(path, group) {
  if (is.na(text_attribute(group, "NX_class"))) fault(path, ": no NX_class")
  visited <- 0
  for (name in names(group)) {
    item <- group[[name]]
    below <- paste0(path, "/", name)
    if (!inherits(item, "H5Group")) {
      check_dataset(below, item)
    } else if (path == "/entry" || visited < 3) {
      check_group(below, item)
      visited <- visited + 1
    }
    item$close()
  }
}

# From the root along `default` to a signal, its axis and what lies beside it.
check_default_plot <- function(path, file) {
  plot <- file
  while (!is.na(text_attribute(plot, "default")))
    plot <- plot[[text_attribute(plot, "default")]]
  signal <- text_attribute(plot, "signal")
  beside <- hdf5r::h5attr(plot, "auxiliary_signals")
  axis <- hdf5r::h5attr(plot, "axes")
  if (is.na(signal) || length(beside) < 1 || length(axis) != 1)
    return(fault(path, ": no default plot"))
  points <- length(plot[[axis]]$read())
  for (name in c(signal, beside))
    if (length(plot[[name]]$read()) != points) fault(path, ": plot of ", name)
}

# loss[index] = mean over prompts of (prediction - y_query)^2
check_losses <- function(path, file) {
  y_query <- file[["entry/prompts/y_query"]]$read()
  for (who in names(file[["entry/trajectories"]])) {
    at <- paste0("entry/trajectories/", who, "/prediction")
    prediction <- file[[at]]$read() # (prompt, index)
    loss <- colMeans((prediction - y_query)^2)
    stored <- file[[paste0("entry/trajectories_loss/", who)]]$read()
    stored <- stored[seq_along(loss)]
    if (!isTRUE(all(abs(loss - stored) <= 1e-12 * (1 + abs(stored)) |
                    (is.na(loss) & is.na(stored)))))
      fault(path, ": the loss of ", who)
  }
}

for (path in commandArgs(trailingOnly = TRUE)) {
  file <- hdf5r::H5File$new(path, "r")
  check_group("", file)
  check_default_plot(path, file)
  check_losses(path, file)
  file$close_all()
}
quit(status = as.integer(faults > 0))
