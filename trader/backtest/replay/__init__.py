"""The replay: the program itself, tick by tick, on an exchange that goes by recorded bars."""
