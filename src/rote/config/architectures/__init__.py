"""Options of the architectures, one module each, by the name of the module in `rote.models`."""
