"Makes `python -m mnist_sgd` the command line of `app.cli`; written by hand, as nbdev exports no module of this name."
from mnist_sgd.app.cli import main

main()
