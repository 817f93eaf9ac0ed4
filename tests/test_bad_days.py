"Killed processes, damaged pictures, many files: bad_days.py with smaller numbers."
import random, time
import bad_days, pytest
from mnist_sgd.app.models import write_whole

@pytest.mark.parametrize('work', [bad_days.kill_unpacking, bad_days.kill_training, bad_days.kill_saving])
def test_nothing_is_lost_when_killed(work, home): assert work(10, random.Random(1)) >= 3

def test_a_file_is_the_old_one_until_the_new_one_is_whole(tmp_path):
    (file := tmp_path/'file').write_text('old')
    def half(part):
        part.write_text('ne')
        time.sleep(60)
    assert bad_days.killed(lambda: write_whole(file, half), .5)
    assert file.read_text()=='old' and (tmp_path/'file.part').read_text()=='ne'
    write_whole(file, lambda part: part.write_text('new'))
    assert [p.read_text() for p in tmp_path.iterdir()]==['new']

def test_a_work_that_is_not_killed_ends_by_itself():
    assert not bad_days.killed(lambda: None, 60)
    with pytest.raises(AssertionError, match='failed by itself'): bad_days.killed(lambda: 1/0, 60)

def test_every_file_gets_an_answer_or_a_line(home):
    found = bad_days.fuzz(2000, random.Random(1))
    assert found.total()==2000 and min(found.values())>100 and len(found)==3

def test_memory_does_not_grow_with_the_number_of_files(home):
    (few,_),(many,_) = bad_days.peak_memory(500),bad_days.peak_memory(5000)
    assert many < few+30, (few, many)
