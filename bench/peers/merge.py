#!/usr/bin/env python3
"""Makes one file of what was measured: merge.py FOLDER OUT [WHAT IS MISSING...]. See README.md for its format."""

import datetime
import json
import os
import platform
import sys

# What the lab calls its figures, and what PipelineBenchmark calls the same way. A lab sends with one flow at a time.
KERNEL_PATHS = {
    "UDP 64 bytes, floating IP, outbound": "floatingIpOutbound",
    "UDP 64 bytes, floating IP, inbound": "floatingIpInbound",
    "UDP 64 bytes, east-west, VXLAN source side": "eastWestVxlan",
    "UDP 64 bytes, network host, source NAT": "snatEstablished",
}


def load(folder, name):
    try:
        with open(os.path.join(folder, name)) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()


def kernel(figures):
    """Figures of one core in millions of packets a second, as nanoseconds per packet."""
    peers = []
    for figure in figures.get("figures", []):
        runs = figure.get("kernel", {}).get("runs", [])
        path = KERNEL_PATHS.get(figure.get("what"))
        if path and runs and figure.get("unit") == "Mpps":
            peers.append(
                {
                    "system": f"kernel {platform.release()} (namespaces)",
                    "path": path,
                    "flows": 1,
                    "frameLength": 64,
                    "nsPerPacket": [round(1000 / rate, 1) for rate in runs],
                    "note": "veth, live path, most that one core forwards",
                }
            )
    return peers


def main():
    folder, out, missing = sys.argv[1], sys.argv[2], sys.argv[3:]
    ovs = load(folder, "ovs.json") or {}
    now = datetime.datetime.now(datetime.timezone.utc)
    result = {
        "format": "dvr-peers/1",
        "source": f"bench/peers/run on {platform.node()}, {now:%Y-%m-%d}",
        "date": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "machine": {"cpu": processor(), "cores": os.cpu_count(), "kernel": platform.release()},
        "peers": ovs.get("peers", []) + kernel(load(folder, "kernel.json") or {}),
        "missing": missing + ovs.get("notes", []),
    }
    calibration = load(folder, "calibration.json")
    if calibration:
        result["calibration"] = calibration
    with open(out, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
