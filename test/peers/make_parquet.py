"""Parquet files for test/datasets/loaders/parquet.test.ts, as the `datasets` library writes them: strings in one file, messages in two shards.

Usage: python make_parquet.py test/fixtures/parquet
"""
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

out = Path(sys.argv[1])
(out / "messages").mkdir(parents=True, exist_ok=True)
rows = [{"prompt": f"Q {i}: say", "chosen": f" yes {i}", "rejected": f" no {i % 5}", "margin": i % 3, "score": 0.5, "extra": [{"chosen": "not this one"}]} for i in range(40)]
pq.write_table(pa.Table.from_pylist(rows), out / "strings.parquet", row_group_size=16)
user, assistant = (lambda text: {"content": text, "role": "user"}), (lambda text: {"content": text, "role": "assistant"})
talks = [{"prompt": f"{i}", "chosen": [user(f"Where is lake {i}?"), assistant("Behind the hill.")], "rejected": [user(f"Where is lake {i}?"), assistant("Nowhere.")]} for i in range(6)]
for shard in range(2):
    table = pa.Table.from_pylist([{k: v for k, v in row.items() if k != "prompt"} for row in talks[shard * 3 : shard * 3 + 3]])
    pq.write_table(table, out / "messages" / f"train-0000{shard}-of-00002.parquet", compression="zstd" if shard else "snappy")
pq.write_table(pa.Table.from_pylist([{"prompt": "p", "accepted": "a", "rejected": "b"}]), out / "other-columns.parquet")

# Other ways to store the same rows, and rows that a value in JavaScript does not hold.
texts = [{"prompt": f"Q {i}", "chosen": f" yes {i}", "rejected": f" no {i}"} for i in range(4)]
column = lambda name: [row[name] for row in texts]
kinds = {"prompt": pa.array(column("prompt"), pa.large_string()), "chosen": pa.array(column("chosen")).dictionary_encode(), "rejected": pa.array(column("rejected"))}
pq.write_table(pa.table(kinds), out / "text-kinds.parquet", compression="zstd")
turn = pa.struct([("role", pa.large_string()), ("content", pa.string()), ("name", pa.string())])
talk = lambda text, **more: [{"role": "user", "content": "hi", **more}, {"role": "assistant", "content": text}]
lists = {"chosen": pa.array([talk("yes"), talk("yes", name="Ann")], pa.large_list(turn)), "rejected": pa.array([talk("no"), talk("no", name="Ann")], pa.list_(turn))}
pq.write_table(pa.table(lists), out / "list-kinds.parquet", compression="zstd")
calling = lambda value: [{"role": "user", "content": "hi", "tool_calls": [{"name": "f", "arguments": {"x": value}}]}]
answers = {"chosen": [{"role": "assistant", "content": "a"}], "rejected": [{"role": "assistant", "content": "b"}]}
for name, value in ("whole-float", 1.0), ("large-integer", 2**60 + 1):
    pq.write_table(pa.Table.from_pylist([{"prompt": calling(value), **answers}]), out / f"{name}.parquet")
latin = pa.Array.from_buffers(pa.string(), 1, pa.array([b"caf\xe9"], pa.binary()).buffers())
pq.write_table(pa.table({"prompt": latin, "chosen": ["a"], "rejected": ["b"]}), out / "not-utf8.parquet")
pq.write_table(pa.Table.from_arrays([pa.array(["x"])] * 4, names=["prompt", "chosen", "rejected", "chosen"]), out / "column-twice.parquet")

# Completions judged one by one, as TRL has them, and whole conversations with a number for a label.
judged = [{"prompt": f"Q {i}", "completion": f" answer {i}", "label": i % 3 == 0} for i in range(6)]
pq.write_table(pa.Table.from_pylist(judged), out / "judged.parquet")
whole = [{"messages": talk(f"answer {i}"), "label": i % 2} for i in range(4)]
pq.write_table(pa.Table.from_pylist(whole), out / "judged-messages.parquet")
beside = [{**row, "messages": talk("not read")} for row in texts]
pq.write_table(pa.Table.from_pylist(beside), out / "messages-beside.parquet")
