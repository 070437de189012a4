"""Options and known sizes of the data sets, one module each, by the name of the module in `rote.data.datasets`."""
