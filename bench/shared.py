"""The small CNN by several processes and by one, in turn: started by run.py through torchrun.

Prints [seconds of all, seconds of one] a turn as JSON."""
import json, sys, time, torch, torch.distributed as dist
from mnist_sgd.many_machines import Share, joined, spread, which_process
from mnist_sgd.pixels import sample_tensors
from mnist_sgd.small_cnn import small_cnn, train_one_cycle

def seconds(model, data, process):
    start = time.perf_counter()
    train_one_cycle(model, Share(*data, 256, shuffle=True, process=process), epochs=1)
    return time.perf_counter()-start

def main(turns):
    torch.set_num_threads(1)
    data,rank,pairs = sample_tensors()[:2],which_process()[0],[]
    with joined():
        for _ in range(turns+1): # one that warms up
            dist.barrier()
            together = seconds(spread(small_cnn()), data, None)
            dist.barrier()
            if rank==0: pairs.append((together, seconds(small_cnn(), data, (0,1))))
    if rank==0: print(json.dumps(pairs[1:]))

if __name__=='__main__': main(int(sys.argv[1]))
