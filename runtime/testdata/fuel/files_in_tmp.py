import os
import shutil


def run(params):
    os.makedirs("/tmp/a/b/c")
    for i in range(20):
        with open(f"/tmp/a/b/{i}.txt", "w") as f:
            f.writelines(f"{i} {j}\n" for j in range(30))
    with open("/tmp/a/b/3.txt", "r+b") as f:
        f.seek(10)
        f.write(b"XX")
        f.truncate(40)
    os.rename("/tmp/a/b/4.txt", "/tmp/a/moved")
    sizes = {name: os.path.getsize(os.path.join(top, name)) for top, _, names in os.walk("/tmp/a") for name in names}
    shutil.copytree("/tmp/a", "/tmp/z")
    shutil.rmtree("/tmp/a/b")
    return [sorted(sizes.items())[:4], open("/tmp/z/b/3.txt", "rb").read()[:14].decode(), sorted(os.listdir("/tmp/a"))]
