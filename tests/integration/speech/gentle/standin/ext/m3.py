"""Stand-in for m3: the "graph" is a copy of the grammar, which the stand-in for k3 reads."""

import os
import shutil
import sys
from pathlib import Path

fault_file = Path(__file__).with_name("fault")
FAULT = fault_file.read_text().strip() if fault_file.exists() else ""

if len(sys.argv) != 4:
    sys.exit("Usage: m3 <proto-dir> <grammar-fst> <out-fst>")
for needed in ("langdir/L.fst", "langdir/L_disambig.fst", "tdnn_7b_chain_online/tree"):
    if not Path(sys.argv[1], needed).exists():
        sys.exit(f"expected {needed} to exist")
if FAULT == "m3-fails":
    os.write(2, b"ERROR (m3[5.4.0~1-9e67]:Read()) Expected token <TransitionModel>, got instead <Nnet3>\n")
    os.abort()
if FAULT == "m3-leaves-an-empty-graph":
    Path(sys.argv[3]).touch()
else:
    shutil.copyfile(sys.argv[2], sys.argv[3])
