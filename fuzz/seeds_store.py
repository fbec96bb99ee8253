#!/usr/bin/env python3
"""fuzz/seeds_store.py FOLDER - stores as SQLite files, with the tables of
src/store/schema.c and digests made here."""
import hashlib
import os
import re
import sqlite3
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INTEGER, TEXT, BLOB, NULL = 1, 3, 4, 5  # SQLite's own numbers for types


def schema():
    with open(f"{ROOT}/src/store/schema.c", encoding="utf-8") as f:
        table = re.search(r"schema\[\] = \{(.*?)\n\};", f.read(), re.S)[1]
    return ["".join(re.findall(r'"([^"]*)"', item)) for item in re.split(r'(?<="),\s*\n', table)
            if item.strip()]


def digest(values):
    """Type and length go before each value, so that no two rows read alike."""
    h = hashlib.sha256(b"store row/1\n")
    for v in values:
        if v is None:
            h.update(bytes([NULL]) + bytes(8))
        elif isinstance(v, int):
            h.update(bytes([INTEGER]) + v.to_bytes(8, "big"))
        else:
            raw = v.encode() if isinstance(v, str) else v
            h.update(bytes([TEXT if isinstance(v, str) else BLOB]) + len(raw).to_bytes(8, "big"))
            h.update(raw)
    return h.digest()


def put(db, table, columns, values):
    marks = ", ".join("?" * (len(values) + 1))
    db.execute(f"INSERT INTO {table}({columns}, sha256) VALUES({marks})",
               (*values, digest(values)))


def finding(n):
    address = bytes(10) + b"\xff\xff\xcb\x00\x71" + bytes([n])
    return (f"{n:032x}", "scan.vertical/1", "scan.vertical", "syn", address, address, None,
            10**18 + n, 10**18 + n + 1, 10 * n, "a.pcap", 1, '{"type":"finding"}')


def write(path, page=512, wal=True, findings=0, header=True):
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA page_size={page}")
    if wal:
        db.execute("PRAGMA journal_mode=WAL")
    for statement in schema():
        db.execute(statement)
    put(db, "run", "stored, definitions, sources", (10**18, "{}", "[]"))
    for n in range(1, findings + 1):
        put(db, "finding", "id, definition, kind, technique, initiator, remote, victim, first, "
            "last, packets, input, run, json", finding(n))
    put(db, "notice", "id, mail, stored, json, text",
        ("120MNDMG", "abuse@one.example", 10**18, '{"type":"notice"}', b"Subject: x\r\n\r\ny"))
    if header:
        db.execute("PRAGMA application_id=0x45584842")
        db.execute("PRAGMA user_version=1")
    db.commit()
    db.close()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = os.path.join(sys.argv[1], "fuzz_store")
    os.makedirs(folder, exist_ok=True)
    write(f"{folder}/few", findings=3)
    write(f"{folder}/many", findings=60)
    write(f"{folder}/rollback", findings=3, wal=False)
    write(f"{folder}/pages", findings=3, page=4096)
    write(f"{folder}/foreign", findings=1, header=False)


if __name__ == "__main__":
    main()
