//! Assets and conversations as csv, jsonl and Zeek-style logs.
