"""A million images from disk: python bench/stream.py, or python bench/stream.py 100000 for another number.

Packs that many synthetic images (digits of the sample, each moved at random) into shards of 10,000 in a temporary
folder, and trains the linear rung on them with the command, one epoch; then the same with a tenth of the shards. Prints
images a second and the peak of memory of both; a run with a million is kept in bench/results/ and in nbs/stream.json,
for the page on streaming."""
import io, json, os, subprocess, sys, tarfile, tempfile, time
from datetime import date
from pathlib import Path

SHARD = 10_000
ROOT = Path(__file__).resolve().parent.parent

def write_shards(n, folder, part):
    "Shards of `n` images in random order"
    import torch
    from PIL import Image
    from mnist_sgd.pixels import sample_tensors
    from mnist_sgd.small_cnn import random_shifts
    torch.manual_seed(0)
    x,y = sample_tensors()[:2] if part=='train' else sample_tensors()[2:]
    (folder/part).mkdir()
    for start in range(0, n, SHARD):
        rows = torch.randint(len(x), (min(SHARD, n-start),))
        images,labels = (random_shifts(x[rows])*255).round().byte().view(-1,28,28).numpy(),y[rows,0].tolist()
        with tarfile.open(folder/part/f'{start//SHARD:05}.tar', 'w') as tar:
            for i,(image,label) in enumerate(zip(images, labels), start):
                file = io.BytesIO()
                Image.fromarray(image).save(file, 'png')
                info = tarfile.TarInfo(f'{3 if label else 7}/{i}.png')
                info.size = file.tell()
                file.seek(0)
                tar.addfile(info, file)

def trained(folder, out)->dict: # The record of the rung, seconds in all and the peak of memory in MB
    start = time.perf_counter()
    command = [sys.executable, '-m', 'mnist_sgd', 'train', '--data', folder, '--stages', 'linear', '--epochs', '1']
    command += ['--out', out]
    process = subprocess.Popen(command, env=os.environ|dict(OMP_NUM_THREADS='1'))
    peak = 0
    while process.poll() is None:
        status = Path(f'/proc/{process.pid}/status')
        try: peak = int(status.read_text().split('VmHWM:')[1].split()[0])/1024
        except (OSError, IndexError): pass
        time.sleep(.05)
    if process.returncode: sys.exit(f'the command ended with {process.returncode}')
    return json.loads((out/'results.json').read_text())['rungs'][0]|dict(wall=time.perf_counter()-start, peak=peak)

def main(n):
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        whole,tenth = folder/'whole',folder/'tenth'
        for place in (whole, tenth): place.mkdir()
        # in a process of its own, whose memory is not ours
        subprocess.run([sys.executable, __file__, '--write', str(n), whole], check=True)
        (tenth/'train').mkdir()
        shards = sorted((whole/'train').iterdir())
        for shard in shards[:-(-n//SHARD)//10 or 1]: (tenth/'train'/shard.name).symlink_to(shard)
        (tenth/'valid').symlink_to(whole/'valid')
        gigabytes = sum(f.stat().st_size for f in whole.rglob('*.tar'))/1e9
        small,large = trained(tenth, folder/'out_tenth'),trained(whole, folder/'out')
    found = dict(images=n, shards=-(-n//SHARD), gigabytes=round(gigabytes, 2),
                 images_a_second=round(n/large['seconds']), accuracy=round(large['accuracy'], 4),
                 peak_mb=round(large['peak']), peak_mb_of_a_tenth=round(small['peak']))
    print(json.dumps(found, indent=1))
    if n!=1_000_000: return
    from mnist_sgd.base.clock import machine_name
    record = json.dumps(dict(date=str(date.today()), machine=machine_name(), **found), indent=1)+'\n'
    for path in (ROOT/'bench'/'results'/f'stream-{date.today()}.json', ROOT/'nbs'/'stream.json'):
        path.write_text(record)
        print(f'kept in {path}')

if __name__=='__main__':
    if sys.argv[1:2]==['--write']:
        write_shards(int(sys.argv[2]), Path(sys.argv[3]), 'train')
        write_shards(2000, Path(sys.argv[3]), 'valid')
    else: main(int(sys.argv[1]) if len(sys.argv)>1 else 1_000_000)
