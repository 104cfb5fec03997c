"""`trader doctor`: what usually goes wrong on the first day, each as a check with its code, cause and fix.

The table of checks is `catalogue`; `findings` judges them in its order; every other file looks at one part of
the world and answers with findings. Nothing here writes, sends, takes a lock or makes a folder.
"""
