"""The promises of the program, measured: `make faults`."""
