"""Text in any encoding, with the guess said."""

import json

import pytest

from ftkit.data.reading import on_disk, open_file
from ftkit.data.reading.encoding import guess, open_text
from ftkit.errors import DataError

SAMPLES = {
    "cp1252": "Über den Fluß führt eine Brücke; das „Café“ daneben gehört dem Bürgermeister. C'est déjà l'été à Orléans.",
    "cp1251": "Мост через реку построили давно, а рядом стоит старая мельница, в которой никто не живёт.",
    "koi8_r": "Мост через реку построили давно, а рядом стоит старая мельница, в которой никто не живёт.",
    "shift_jis": "川に橋がかかっていて、そのそばに古い水車小屋があります。誰も住んでいません。",
    "euc_jp": "川に橋がかかっていて、そのそばに古い水車小屋があります。誰も住んでいません。",
    "gb18030": "河上有一座桥，旁边有一座老磨坊，没有人住在里面。孩子们夏天常去那里玩耍。",
    "big5": "河上有一座橋，旁邊有一座老磨坊，沒有人住在裡面。孩子們夏天常去那裡玩耍。",
    "euc_kr": "강 위에 다리가 있고 그 옆에는 오래된 물레방앗간이 있습니다. 아무도 살지 않습니다.",
    "cp1253": "Υπάρχει μια γέφυρα πάνω από το ποτάμι και δίπλα ένας παλιός μύλος που δεν κατοικείται.",
}


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", SAMPLES)
def test_the_encoding_of_a_long_text_is_found(tmp_path, encoding):
    text = "".join(f"{n} {SAMPLES[encoding]}\n" for n in range(20))
    table = open_file(written(tmp_path, "a.txt", text.encode(encoding)))
    assert "(a guess)" in table.notes[0]
    assert not table.plain
    assert [record.value["text"] for record in table.records()] == text.splitlines()


@pytest.mark.parametrize(
    ("word", "shown"), [("café", b"caf\xe9"), ("“naïve” – 5 €", b"\x93na\xefve\x94 \x96 5 \x80")]
)
def test_a_few_odd_bytes_are_windows_1252(tmp_path, word, shown):
    table = open_file(written(tmp_path, "a.csv", b"prompt,response\na," + shown + b"\n"))
    assert next(table.records()).value == {"prompt": "a", "response": word}
    assert table.notes == ("read as Windows-1252 (a guess)",)
    assert not table.plain


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt"])
def test_other_unicode_is_read(tmp_path, encoding, name):
    rows = [{"prompt": f"Grüße {n}?", "response": "Schön 😀 日本"} for n in range(30)]
    if name == "a.json":
        content = json.dumps(rows, ensure_ascii=False)
    elif name == "a.jsonl":
        content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    elif name == "a.csv":
        content = "prompt,response\n" + "".join(f"{row['prompt']},{row['response']}\n" for row in rows)
    else:
        content = "".join(row["prompt"] + "\n" for row in rows)
        rows = [{"text": row["prompt"]} for row in rows]
    table = open_file(written(tmp_path, name, content.encode(encoding)))
    assert [record.value for record in table.records()] == rows
    assert not table.plain


def test_a_few_broken_bytes_in_utf8_cost_their_rows_only(tmp_path):
    good = "".join(json.dumps({"text": f"Grüße {n}"}, ensure_ascii=False) + "\n" for n in range(50)).encode()
    table = open_file(written(tmp_path, "a.jsonl", good + b'{"text": "caf\xe9"}\n'))
    values = [record.value["text"] for record in table.records()]
    assert values[:50] == [f"Grüße {n}" for n in range(50)]
    assert values[50] == "caf\udce9"
    assert table.notes == ("read as UTF-8, although one place in it is not: those rows are left out",)


def test_characters_cut_by_the_pieces_in_which_a_file_is_read(tmp_path):
    text = ("x" + "é" * 1_000_000 + "\n") * 3
    path = written(tmp_path, "a.txt", text.encode())
    assert open_text(on_disk(path)).encoding == "utf-8"
    assert [record.value["text"] for record in open_file(path).records()] == text.splitlines()


def test_an_odd_byte_far_into_a_file_is_found(tmp_path):
    path = written(tmp_path, "a.txt", b"plain words\n" * 500_000 + b"caf\xe9\n")
    table = open_file(path)
    assert table.notes[0] == "read as Windows-1252 (a guess)"
    assert list(table.records())[-1].value == {"text": "café"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n", "Git LFS has not fetched"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "is a web page"),
        (b"abc\0def", "NUL byte in line 1"),
    ],
)
def test_what_only_looks_like_data_is_named(tmp_path, content, says):
    with pytest.raises(DataError, match=says):
        open_file(written(tmp_path, "a.jsonl", content))


def test_a_guess_is_always_an_encoding_that_can_be_used():
    import codecs
    import random

    chance = random.Random(3)
    for _ in range(20):
        encoding = guess(bytes(chance.randrange(1, 256) for _ in range(chance.randrange(1, 300))))
        assert codecs.lookup(encoding)
