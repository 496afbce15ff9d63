#!/usr/bin/env python3
"""Open vSwitch with DPDK, memory only, over the flows of PipelineBenchmark: nanoseconds of one core per packet.

Run by bench/peers/run in a network namespace of its own. Frames come from a net_pcap device that hands out copies of a capture held in memory, for ever
(infinite_rx), and are freed by another: no device, no kernel, one polling thread does it all, as in PipelineBenchmark. Before anything is measured the frames
that leave are compared with what must leave.

A packet's time is the processor time of the polling thread, as the kernel accounts for it, divided by the packets it received: what other programs take away is
not in it.
"""

import argparse
import glob
import json
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

TENANTS = 16
GUESTS = 64
PEERS = 16
SERVERS = 4096
PROVIDER_GW_MAC = "02:00:00:ff:00:01"
EXTERNAL_MAC = "fa:16:3e:ff:00:01"
UNDERLAY_MAC = "02:00:00:00:00:01"
VTEP = 0xC0000201
FLOATING = 0xC6120100
GATEWAY = 0xC6120010
FIRST_SERVER = 0x64400001
VXLAN_PORT = 4789
TTL = 64
CHECK_TIMES = 1000
PORTS = {"gen": 11, "out": 12, "vx": 13, "to-phy": 14, "to-int": 14}  # rules know them by number: ports come and go


class Unusable(Exception):
    """What cannot be done here, in a sentence."""


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(number):
    return ":".join(f"{byte:02x}" for byte in number.to_bytes(6, "big"))


def ip_text(number):
    return ".".join(str(byte) for byte in number.to_bytes(4, "big"))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(source, destination, protocol, payload, ttl, number=0, flags=0):
    header = struct.pack("!BBHHHBBHII", 0x45, 0, 20 + len(payload), number & 0xFFFF, flags, ttl, protocol, 0, source, destination)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def udp(source, destination, source_port, destination_port, payload):
    length = 8 + len(payload)
    header = struct.pack("!HHHH", source_port, destination_port, length, 0)
    pseudo = struct.pack("!IIBBH", source, destination, 0, 17, length)
    return header[:6] + struct.pack("!H", checksum(pseudo + header + payload) or 0xFFFF) + payload


def frame(source_mac, destination_mac, source, destination, source_port, destination_port, number, ttl=TTL):
    """64 bytes, Ethernet header included."""
    payload = struct.pack("!I", number) + b"\x5a" * 18
    packet = ipv4(source, destination, 17, udp(source, destination, source_port, destination_port, payload), ttl, number)
    return mac(destination_mac) + mac(source_mac) + b"\x08\x00" + packet


def vxlan(inner, peer, vni, flow):
    """As another host sends it to us; the outer source port differs by flow, as RFC 7348 wants it: the switch hashes it."""
    outer = struct.pack("!HHHH", 49152 + flow * 10007 % 16384, VXLAN_PORT, 16 + len(inner), 0) + struct.pack("!II", 0x08000000, vni << 8) + inner
    packet = ipv4(peer_ip(peer), VTEP, 17, outer, TTL, 0, 0x4000)
    return mac(UNDERLAY_MAC) + mac(peer_mac(peer)) + b"\x08\x00" + packet


def peer_ip(peer):
    return VTEP + 1 + peer


def peer_mac(peer):
    return mac_text(0x020000000100 + peer)


def write_pcap(path, frames, times=1):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        records = b"".join(struct.pack("<IIII", 0, 0, len(each), len(each)) + each for each in frames)
        for _ in range(times):
            out.write(records)


def read_pcap(path):
    """The different frames of a capture."""
    with open(path, "rb") as file:
        data = file.read()
    frames = set()
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        frames.add(data[at + 16 : at + 16 + length])
        at += 16 + length
    return frames


class FloatingIp:
    """Between guests and the outside, translated by connection tracking: guest (64) x server (4,096)."""

    def __init__(self, is_outbound):
        self.is_outbound = is_outbound
        self.path = "floatingIpOutbound" if is_outbound else "floatingIpInbound"
        self.needs_tunnels = False

    @staticmethod
    def guest_ip(guest):
        return 0x0A000000 | guest % TENANTS << 16 | 10 + guest // TENANTS

    @staticmethod
    def guest_mac(guest):
        return mac_text(0xFA163E000000 | guest + 1)

    @staticmethod
    def gateway_mac(guest):
        return mac_text(0xFA163E020000 | guest % TENANTS + 1)

    @staticmethod
    def ends(flow):
        return flow % GUESTS, FIRST_SERVER + flow // GUESTS % SERVERS, 20000 + flow // GUESTS % 9000

    def outward(self, flow, leaving=False):
        guest, server, port = self.ends(flow)
        if leaving:
            return frame(EXTERNAL_MAC, PROVIDER_GW_MAC, FLOATING + guest, server, port, 443, flow, TTL - 2)
        return frame(self.guest_mac(guest), self.gateway_mac(guest), self.guest_ip(guest), server, port, 443, flow)

    def inward(self, flow, leaving=False):
        guest, server, port = self.ends(flow)
        if leaving:
            return frame(self.gateway_mac(guest), self.guest_mac(guest), server, self.guest_ip(guest), 443, port, flow, TTL - 2)
        return frame(PROVIDER_GW_MAC, EXTERNAL_MAC, server, FLOATING + guest, 443, port, flow)

    def before(self, flow):
        """What has to pass first: what opens the connections."""
        return None if self.is_outbound else self.outward(flow)

    def replies(self, flows, left):
        """What has to pass then: answers, without which a connection is not established. From flows, and from what has left."""
        return [self.inward(flow) for flow in flows] if self.is_outbound else []

    def arriving(self, flow):
        return self.outward(flow) if self.is_outbound else self.inward(flow)

    def leaving(self, flow):
        return self.outward(flow, True) if self.is_outbound else self.inward(flow, True)

    def rules(self):
        rules = []
        for tenant in range(TENANTS):
            net = f"10.{tenant}.0.0/16"
            rules.append(f"table=0,priority=10,in_port=gen,ip,nw_src={net},actions=ct(zone={tenant + 1},nat,table=1)")
        for guest in range(GUESTS):
            zone = guest % TENANTS + 1
            inner, outer = ip_text(self.guest_ip(guest)), ip_text(FLOATING + guest)
            rules.append(f"table=0,priority=10,in_port=gen,ip,nw_dst={outer},actions=ct(zone={zone},nat,table=3)")
            rules.append(
                f"table=1,priority=10,ct_state=+trk+new,ip,nw_src={inner},actions=ct(commit,zone={zone},nat(src={outer}),table=2)"
            )
            rules.append(
                f"table=3,priority=10,ct_state=+trk+new,ip,nw_dst={outer},actions=ct(commit,zone={zone},nat(dst={inner}),table=4)"
            )
            rules.append(
                f"table=4,priority=10,ip,nw_dst={inner},actions=dec_ttl,dec_ttl,mod_dl_src:{self.gateway_mac(guest)},"
                f"mod_dl_dst:{self.guest_mac(guest)},output:out"
            )
        rules.append("table=1,priority=5,ct_state=+trk+est,ip,actions=resubmit(,2)")
        rules.append("table=3,priority=5,ct_state=+trk+est,ip,actions=resubmit(,4)")
        rules.append(
            f"table=2,priority=10,ip,actions=dec_ttl,dec_ttl,mod_dl_src:{EXTERNAL_MAC},mod_dl_dst:{PROVIDER_GW_MAC},output:out"
        )
        return {"br-int": rules}


class Tunneled:
    """Traffic that arrives by VXLAN at a network host: routed into another segment, or translated by connection tracking."""

    def __init__(self, is_snat):
        self.is_snat = is_snat
        self.path = "snatEstablished" if is_snat else "eastWestVxlanTransit"
        self.needs_tunnels = True

    @staticmethod
    def vni(tenant, network):
        return 7001 + tenant * 4 + network

    @staticmethod
    def router_mac(tenant, network):
        return mac_text(0xFA163E200000 | tenant * 4 + network + 1)

    @staticmethod
    def guest_mac(tenant, network, guest):
        return mac_text(0xFA163E100000 | (tenant * 4 + network) << 8 | guest + 1)

    @staticmethod
    def guest_ip(tenant, network, guest):
        return 0x0A000000 | tenant << 16 | network << 8 | 10 + guest

    def before(self, flow):
        return None

    def replies(self, flows, left):
        """Source ports are the switch's choice: they are taken from what has left."""
        if not self.is_snat:
            return []
        return [
            frame(PROVIDER_GW_MAC, EXTERNAL_MAC, int.from_bytes(each[30:34], "big"), int.from_bytes(each[26:30], "big"), 443, int.from_bytes(each[34:36], "big"), 0)
            for each in sorted(left)
            if each[12:14] == b"\x08\x00" and each[23] == 17
        ]

    def arriving(self, flow):
        tenant, guest = flow % TENANTS, flow // TENANTS % PEERS
        if self.is_snat:
            server = FIRST_SERVER + flow // (TENANTS * PEERS) % SERVERS
            port = 20000 + flow // (TENANTS * PEERS) % 9000
            inner = frame(
                self.guest_mac(tenant, 0, guest), self.router_mac(tenant, 0), self.guest_ip(tenant, 0, guest), server, port, 443, flow
            )
            return vxlan(inner, guest, self.vni(tenant, 0), flow)
        to = flow // (TENANTS * PEERS) % PEERS
        port = 20000 + 37 * (flow // (TENANTS * PEERS * PEERS))
        inner = frame(
            self.guest_mac(tenant, 2, guest),
            self.router_mac(tenant, 2),
            self.guest_ip(tenant, 2, guest),
            self.guest_ip(tenant, 3, to),
            port,
            5201,
            flow,
        )
        return vxlan(inner, guest, self.vni(tenant, 2), flow)

    def leaving(self, flow):
        """What must leave; of a source port that the switch chooses, and of the outer one, nothing is said: None in the tuple that is compared."""
        tenant = flow % TENANTS
        if self.is_snat:
            server = FIRST_SERVER + flow // (TENANTS * PEERS) % SERVERS
            return frame(EXTERNAL_MAC, PROVIDER_GW_MAC, GATEWAY + tenant, server, 0, 443, flow, TTL - 1)
        guest, to = flow // TENANTS % PEERS, flow // (TENANTS * PEERS) % PEERS
        port = 20000 + 37 * (flow // (TENANTS * PEERS * PEERS))
        inner = frame(
            self.router_mac(tenant, 3),
            self.guest_mac(tenant, 3, to),
            self.guest_ip(tenant, 2, guest),
            self.guest_ip(tenant, 3, to),
            port,
            5201,
            flow,
            TTL - 1,
        )
        outer = struct.pack("!HHHH", 0, VXLAN_PORT, 16 + len(inner), 0) + struct.pack("!II", 0x08000000, self.vni(tenant, 3) << 8) + inner
        return mac(peer_mac(to)) + mac(UNDERLAY_MAC) + b"\x08\x00" + ipv4(VTEP, peer_ip(to), 17, outer, TTL, 0, 0x4000)

    def rules(self):
        rules = []
        for tenant in range(TENANTS):
            if self.is_snat:
                gateway = ip_text(GATEWAY + tenant)
                tun = f"tun_id={self.vni(tenant, 0)}"
                rules.append(f"table=0,in_port=vx,{tun},ip,actions=ct(zone={tenant + 1},nat,table=1)")
                rules.append(
                    f"table=1,priority=10,in_port=vx,{tun},ct_state=+trk+new,ip,"
                    f"actions=ct(commit,zone={tenant + 1},nat(src={gateway}:1024-65535),table=2)"
                )
                rules.append(f"table=0,in_port=to-phy,ip,nw_dst={gateway},actions=ct(zone={tenant + 1},nat,table=3)")
                continue
            for guest in range(PEERS):
                rules.append(
                    f"table=0,in_port=vx,tun_id={self.vni(tenant, 2)},ip,nw_dst={ip_text(self.guest_ip(tenant, 3, guest))},"
                    f"actions=dec_ttl,mod_dl_src:{self.router_mac(tenant, 3)},mod_dl_dst:{self.guest_mac(tenant, 3, guest)},"
                    f"set_field:{self.vni(tenant, 3)}->tun_id,set_field:{ip_text(peer_ip(guest))}->tun_dst,in_port"
                )
        if self.is_snat:
            rules.append("table=1,priority=5,ct_state=+trk+est,ip,actions=resubmit(,2)")
            rules.append("table=3,ip,actions=drop")  # answers only make connections established: their way further is not measured
            rules.append(f"table=2,ip,actions=dec_ttl,mod_dl_src:{EXTERNAL_MAC},mod_dl_dst:{PROVIDER_GW_MAC},output:to-phy")
        phy = [f"priority=10,in_port=gen,ip,nw_dst={ip_text(VTEP)},actions=LOCAL", "priority=5,in_port=gen,ip,actions=output:to-int"]
        return {"br-int": rules, "br-phy": phy + ["in_port=LOCAL,actions=output:out", "in_port=to-int,actions=output:out"]}


PATHS = {each.path: each for each in (FloatingIp(True), FloatingIp(False), Tunneled(False), Tunneled(True))}


def comparable(data):
    """A frame without what the switch may choose: IP ids and checksums, source ports of translation, the outer UDP source port."""
    facts = [data[0:6].hex(), data[6:12].hex(), data[22], ip_text(int.from_bytes(data[26:30], "big")), ip_text(int.from_bytes(data[30:34], "big"))]
    destination_port = int.from_bytes(data[36:38], "big")
    facts.append(destination_port)
    if destination_port == VXLAN_PORT:
        facts += [int.from_bytes(data[46:49], "big"), comparable(data[50:])]
    else:
        facts.append(data[42:64].hex())
    return facts


class Switch:
    """ovsdb-server and ovs-vswitchd of our own, with files of our own, ended by process id."""

    def __init__(self, root, folder, memory_mb, pmd_core, main_core):
        self.root, self.folder, self.processes = root, folder, []
        self.env = dict(os.environ)
        libs = [os.path.dirname(path) for path in glob.glob(f"{root}/usr/lib/*/librte_eal.so.*")]
        self.env["LD_LIBRARY_PATH"] = ":".join(libs[:1])
        self.env["PATH"] = f"{root}/usr/bin:{root}/usr/sbin:" + self.env["PATH"]
        for name in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVS_SYSCONFDIR"):
            self.env[name] = folder
        self.prefix = f"dvr-peers-{os.getpid()}"
        self.devices = 0
        schema = f"{root}/usr/share/openvswitch/vswitch.ovsschema"
        self.call("ovsdb-tool", "create", f"{folder}/conf.db", schema)
        self.start("ovsdb-server", f"{folder}/conf.db", f"--remote=punix:{folder}/db.sock", f"--unixctl={folder}/db.ctl")
        self.wait_for(f"{folder}/db.sock")
        self.vsctl("--no-wait", "init")
        (plugins,) = glob.glob(f"{root}/usr/lib/*/dpdk/pmds-*")
        extra = f"--no-pci --no-huge --legacy-mem --no-telemetry -m {memory_mb} --file-prefix={self.prefix} -d {plugins}"
        self.vsctl(
            "--no-wait",
            "set",
            "Open_vSwitch",
            ".",
            "other_config:dpdk-init=true",
            f"other_config:pmd-cpu-mask={1 << pmd_core:x}",
            f"other_config:dpdk-lcore-mask={1 << main_core:x}",
            f'other_config:dpdk-extra="{extra}"',
        )
        (daemon,) = glob.glob(f"{root}/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk")
        self.daemon = self.start(daemon, f"unix:{folder}/db.sock", f"--log-file={folder}/vswitchd.log", f"--unixctl={folder}/ctl")
        self.wait_for(f"{folder}/ctl")
        self.vsctl("show")

    def start(self, *command):
        log = open(f"{self.folder}/{os.path.basename(command[0])}.out", "wb")
        process = subprocess.Popen(command, env=self.env, stdout=log, stderr=subprocess.STDOUT)
        self.processes.append(process)
        return process

    def wait_for(self, path, seconds=60):
        deadline = time.monotonic() + seconds
        while not os.path.exists(path):
            if time.monotonic() > deadline or self.processes[-1].poll() is not None:
                raise Unusable(f"{self.processes[-1].args[0]} does not start, see: {self.tail()}")
            time.sleep(0.1)

    def tail(self):
        try:
            with open(f"{self.folder}/{os.path.basename(self.processes[-1].args[0])}.out", errors="replace") as file:
                return " | ".join(line.strip() for line in file.read().splitlines()[-3:])
        except OSError as error:
            return str(error)

    def call(self, *command):
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise Unusable(f"{' '.join(command)[:200]}: {done.stderr.strip()[-400:]}")
        return done.stdout

    def vsctl(self, *args):
        return self.call("ovs-vsctl", f"--db=unix:{self.folder}/db.sock", "--timeout=60", *args)

    def appctl(self, *args):
        return self.call("ovs-appctl", "-t", f"{self.folder}/ctl", *args)

    def version(self):
        return self.call("ovs-vsctl", "--version").split("\n")[0].split()[-1]

    def port(self, bridge, name, **options):
        """A port over captures; replaces one of the same name."""
        self.vsctl("--if-exists", "del-port", name)
        self.devices += 1
        args = ",".join([f"net_pcap{self.devices}"] + [f"{key}={value}" for key, value in options.items()])
        self.vsctl(
            "add-port", bridge, name, "--", "set", "Interface", name, "type=dpdk", f"ofport_request={PORTS[name]}", f'options:dpdk-devargs="{args}"'
        )
        error = self.vsctl("get", "Interface", name, "error").strip()
        if error not in ("[]", '""'):
            raise Unusable(f"port {name} cannot be opened: {error}")

    def rules(self, bridge, rules):
        for name, number in PORTS.items():
            rules = [re.sub(rf"(in_port=|output:){name}\b", rf"\g<1>{number}", rule) for rule in rules]
        path = f"{self.folder}/{bridge}.rules"
        with open(path, "w") as file:
            file.write("\n".join(rules) + "\n")
        self.call("ovs-ofctl", "-O", "OpenFlow15", "--bundle", "replace-flows", f"{self.folder}/{bridge}.mgmt", path)

    def received(self):
        """Packets that the polling thread has received, and its processor time in ns."""
        text = self.appctl("dpif-netdev/pmd-stats-show")
        pmd = text[text.index("pmd thread") :]
        pmd = pmd[: pmd.index("main thread")] if "main thread" in pmd else pmd
        packets = int(re.search(r"packets received: (\d+)", pmd).group(1))
        lost = int(re.search(r"miss with failed upcall: (\d+)", pmd).group(1))
        for task in glob.glob(f"/proc/{self.daemon.pid}/task/*"):
            with open(f"{task}/comm") as file:
                if file.read().startswith("pmd-"):
                    with open(f"{task}/schedstat") as stat:
                        return packets, lost, int(stat.read().split()[0])
        raise Unusable("the switch has no polling thread")

    def end(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        shutil.rmtree(f"/var/run/dpdk/{self.prefix}", ignore_errors=True)


def build(switch, path):
    bridges = ["br-int"] + (["br-phy"] if path.needs_tunnels else [])
    for bridge in ("br-int", "br-phy"):
        switch.vsctl("--if-exists", "del-br", bridge)
    for bridge in bridges:
        switch.vsctl("add-br", bridge, "--", "set", "bridge", bridge, "datapath_type=netdev", "fail-mode=secure", "protocols=OpenFlow10,OpenFlow15")
    if path.needs_tunnels:
        switch.vsctl("set", "bridge", "br-phy", f'other-config:hwaddr="{UNDERLAY_MAC}"')
        switch.vsctl(
            "add-port", "br-int", "vx", "--", "set", "Interface", "vx", "type=vxlan", f"ofport_request={PORTS['vx']}", "options:remote_ip=flow", "options:key=flow"
        )
        for bridge, name, other in (("br-int", "to-phy", "to-int"), ("br-phy", "to-int", "to-phy")):
            switch.vsctl("add-port", bridge, name, "--", "set", "Interface", name, "type=patch", f"ofport_request={PORTS[name]}", f"options:peer={other}")
        switch.call("ip", "addr", "replace", f"{ip_text(VTEP)}/24", "dev", "br-phy")
        switch.call("ip", "link", "set", "br-phy", "up")
        time.sleep(1)
        for peer in range(PEERS):
            switch.appctl("tnl/neigh/set", "br-phy", ip_text(peer_ip(peer)), peer_mac(peer))
    return "br-phy" if path.needs_tunnels else "br-int"


def check(switch, path, wire, flows):
    """Plays some flows once, and compares what leaves."""
    numbers = list(range(min(flows, 256)))
    empty, played, out = (f"{switch.folder}/{name}.pcap" for name in ("empty", "played", "out"))
    write_pcap(empty, [])
    if os.path.exists(out):
        os.remove(out)
    switch.port(wire, "out", rx_pcap=empty, tx_pcap=out)
    switch.port(wire, "gen", rx_pcap=empty)
    for bridge, rules in path.rules().items():
        switch.rules(bridge, rules)
    # Many times: what comes while a port is being added is lost, the first packet opens what the next ones find.
    for frames in ([path.before(flow) for flow in numbers], [path.arriving(flow) for flow in numbers]):
        if None not in frames:
            write_pcap(played, frames, CHECK_TIMES)
            switch.port(wire, "gen", rx_pcap=played)
            time.sleep(2)
    switch.port(wire, "out", rx_pcap=empty)  # closes the capture
    left = {json.dumps(comparable(each)) for each in read_pcap(out)}
    wanted = {json.dumps(comparable(path.leaving(flow))) for flow in numbers}
    if not wanted <= left:
        missing = sorted(wanted - left)
        raise Unusable(
            f"{path.path}: {len(missing)} of {len(wanted)} flows do not leave as they should, such as {missing[0]}; what left: "
            + (sorted(left)[0] if left else "nothing")
        )


def measure(switch, path, wire, flows, seconds, rounds):
    frames = f"{switch.folder}/flows.pcap"
    order = list(range(flows))
    random.Random(42).shuffle(order)
    empty, out = f"{switch.folder}/empty.pcap", f"{switch.folder}/out.pcap"
    passing = max(2, flows / 30000)
    if path.before(0) is not None:
        write_pcap(frames, [path.before(flow) for flow in order])
        switch.port(wire, "gen", rx_pcap=frames, infinite_rx=1)
        time.sleep(passing)
    else:
        write_pcap(frames, [path.arriving(flow) for flow in order], max(20, CHECK_TIMES * 128 // flows if flows > 128 else CHECK_TIMES))
        switch.port(wire, "out", rx_pcap=empty, tx_pcap=out)
        switch.port(wire, "gen", rx_pcap=frames)
        time.sleep(2 * passing)
        switch.port(wire, "out", rx_pcap=empty)
    replies = path.replies(order, read_pcap(out) if path.before(0) is None else [])
    if replies:
        write_pcap(frames, replies)
        switch.port(wire, "gen", rx_pcap=frames, infinite_rx=1)
        time.sleep(passing)
    write_pcap(frames, [path.arriving(flow) for flow in order])
    switch.port(wire, "gen", rx_pcap=frames, infinite_rx=1)
    time.sleep(passing)  # every flow has been seen, and what it needs is cached
    runs = []
    for _ in range(rounds):
        packets, lost, ns = switch.received()
        time.sleep(seconds)
        more, more_lost, more_ns = switch.received()
        if more == packets:
            raise Unusable(f"{path.path}: nothing was received")
        if more_lost - lost > (more - packets) / 1000:
            raise Unusable(f"{path.path} with {flows} flows: the switch lost {more_lost - lost} of {more - packets} packets")
        runs.append(round((more_ns - ns) / (more - packets), 1))
    switch.port(wire, "gen", rx_pcap=f"{switch.folder}/empty.pcap")
    return runs


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", required=True, help="folder that the packages were unpacked to")
    parser.add_argument("--out", required=True, help="JSON file to write")
    parser.add_argument("--seconds", type=float, default=3, help="of each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--flows", default="1,1024,65536", help="up to 65536, as many as the switch's buffers hold")
    parser.add_argument("--paths", default=",".join(PATHS))
    parser.add_argument("--memory", type=int, default=1024, help="MiB for the switch's buffers")
    args = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    folder = tempfile.mkdtemp(prefix="dvr-peers-", dir="/var/tmp")
    results, notes, switch = [], [], None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        switch = Switch(args.root, folder, args.memory, cores[-1], cores[0])
        system = f"OVS-DPDK {switch.version()}"
        for name in args.paths.split(","):
            path = PATHS[name]
            try:
                wire = build(switch, path)
                check(switch, path, wire, 256)
                for flows in map(int, args.flows.split(",")):
                    runs = measure(switch, path, wire, flows, args.seconds, args.rounds)
                    print(f"{system} {name} {flows} flows: {runs} ns", flush=True)
                    results.append(
                        {
                            "system": system,
                            "path": name,
                            "flows": flows,
                            "frameLength": 64,
                            "nsPerPacket": runs,
                            "note": "memory only, one core, 4 KiB pages, defaults of the package",
                        }
                    )
            except Unusable as error:
                print(f"not measured: {error}", file=sys.stderr)
                notes.append(str(error))
    except (Unusable, subprocess.SubprocessError, OSError, ValueError) as error:
        print(f"OVS-DPDK is not measured: {error}", file=sys.stderr)
        notes.append(str(error))
    finally:
        if switch:
            switch.end()
        shutil.rmtree(folder, ignore_errors=True)
    with open(args.out, "w") as file:
        json.dump({"peers": results, "notes": notes}, file)
    return 0 if results and not notes else 1


if __name__ == "__main__":
    sys.exit(main())
