"""Parquet files for test/datasets/parquet.test.ts, as the `datasets` library writes them: strings in one file, messages in two shards.

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
