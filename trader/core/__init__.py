"""The vocabulary of the program: frozen values, no input, no output, standard library only."""
