"How a computer learns to tell a 3 from a 7."
import warnings

__version__ = "0.1.0"

# torchvision 0.29 still calls torch.jit.script when it is imported (by fastai), and torch 2.15 warns of it
warnings.filterwarnings('ignore', message=r'`torch\.jit\.script` is deprecated', category=FutureWarning)
