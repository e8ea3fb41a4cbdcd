import io


def run(params):
    raw = io.BytesIO()
    text = io.TextIOWrapper(raw, encoding="utf-8", newline="\r\n", write_through=True)
    for i in range(300):
        text.write(f"Zeile {i} ü\n")
    text.seek(0)
    lines = [line for line in text if line.endswith("7 ü\r\n")]
    reader = io.BufferedReader(io.BytesIO(raw.getvalue()), 64)
    return [len(lines), len(raw.getvalue()), reader.peek(4)[:4].decode(), reader.read1(10).decode(), sum(len(piece) for piece in iter(lambda: reader.read(50), b""))]
