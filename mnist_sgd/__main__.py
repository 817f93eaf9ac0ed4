"Makes `python -m mnist_sgd` the command line of `cli`; written by hand, as nbdev exports no module of this name."
from mnist_sgd.cli import main

main()
