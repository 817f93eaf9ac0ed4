"The data of the rollercoaster lab, drawn as lesson 03 draws them. The docs build writes them to JSON."
import torch

def rollercoaster()->dict: # time and speed (20 numbers each), start and best (a, b, c)
    "The noisy parabola of lesson 03, the parameters to start from, and the least-squares ones."
    generator = torch.Generator().manual_seed(42) # the same numbers, and the global stream stays as it is
    time = torch.arange(20).float()
    speed = torch.randn(20, generator=generator)*3 + .75*(time-9.5)**2 + 1
    start = torch.randn(3, generator=generator)
    X = torch.stack([time**2, time, torch.ones(20)], 1).double()
    best = torch.linalg.lstsq(X, speed.double()[:,None]).solution[:,0].float()
    return {name: t.tolist() for name,t in dict(time=time, speed=speed, start=start, best=best).items()}
