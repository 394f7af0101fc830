"""What was measured, as text, Markdown tables and a chart."""

import statistics

from peers.catalogue import PEERS, WORKLOADS, reason_against

MARK = "<!-- table -->"
SHORT = {
    "torch": "PyTorch", "torch_channels_last": "PyTorch, channels last", "torch_compile": "PyTorch, compiled",
    "keras": "Keras/TensorFlow", "keras_jax": "Keras/JAX", "onnxruntime": "onnxruntime", "openvino": "OpenVINO",
}


def combine(runs):
    """The turns of several processes of one participant."""
    result = {**runs[0], "turns": [turn for run in runs for turn in run["turns"]]}
    result["peak_mib"] = max((run.get("peak_mib") or 0 for run in runs), default=None)
    for run in runs:
        if "skip" in run:
            result["skip"] = run["skip"]
    return result


def median(participant):
    """The median of the turns' medians; None where there are none."""
    turns = participant.get("turns") or []
    return None if "skip" in participant or not turns else statistics.median(turn["median_ms"] for turn in turns)


def best(participant):
    return min(turn["best_ms"] for turn in participant["turns"])


def peers_of(result):
    """Medians of the peers that took part, the quickest first."""
    found = [(median(p), name) for name, p in result["participants"].items() if name != "apus"]
    return sorted((time, name) for time, name in found if time is not None)


def ratio(result):
    own, others = median(result["participants"]["apus"]), peers_of(result)
    return own / others[0][0] if own is not None and others else None


def floor_ms(name, result):
    """The least that a step could take; None for whole processes, and where the peak of the precision is not known."""
    facts = result["participants"]["apus"].get("facts", {})
    wanted = "bfloat16" if WORKLOADS[name].bfloat16 else "float32"
    peaks = [p["gflop_per_second"] for p in result["floor"]["products"] if p.get("dtype", "float32") == wanted]
    if "flop" not in facts or not peaks:
        return None
    return facts["flop"] * 1e-6 / max(peaks) + facts["bytes"] * 1e-6 / result["floor"]["gigabytes_per_second"]


def check_parameters(name, participants):
    """Lines about nets that have other numbers of weights than Apus's."""
    own = participants["apus"].get("facts", {}).get("parameters")
    lines = []
    for peer, participant in participants.items():
        if "skip" in participant:
            lines.append(f"{name}: {peer} takes no part: {participant['skip']}")
            continue
        count = participant["facts"].get("parameters")
        if own is not None and count is not None and count != own:
            # PyTorch's LSTM has two vectors of biases that are only ever added to each other.
            known = peer.startswith("torch") and WORKLOADS[name].net in ("lstm", "charrnn")
            why = " (its LSTM has a second bias)" if known else ": NOT THE SAME NET"
            lines.append(f"{name}: {peer} has {count} trainable parameters, Apus {own}{why}")
    return lines


def number(value):
    return f"{value:.3f}" if value < 10 else f"{value:.1f}" if value < 1000 else f"{value:.0f}"


def cell(participant):
    if not participant or median(participant) is None:
        return "–"
    return f"{number(median(participant))} / {number(best(participant))}"


def summary(name, result):
    """One line for who watches."""
    parts = [f"{peer} {cell(p)}" for peer, p in result["participants"].items() if median(p) is not None]
    r, f = ratio(result), floor_ms(name, result)
    parts.append(f"ratio {r:.2f}" if r else "no ratio")
    own = median(result["participants"]["apus"])
    if f and own:
        parts.append(f"of floor {f / own:.2f}")
    return f"{name}: " + "; ".join(parts)


def floor_line(results):
    peaks = {}
    for result in results.values():
        for product in result["floor"]["products"]:
            peaks.setdefault(f'{product["backend"]} {product.get("dtype", "float32")}', []).append(product["gflop_per_second"])
    bandwidth = statistics.median(result["floor"]["gigabytes_per_second"] for result in results.values())
    products = ", ".join(f"{name} {statistics.median(rates):.0f} GFLOP/s" for name, rates in peaks.items())
    return f"Measured floor, medians over the workloads: 2048³ product {products}; memory {bandwidth:.1f} GB/s."


def table(rows):
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + " --- |" * len(rows[0])]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows[1:]])


def markdown(results):
    """The floor and two tables: times, then memory and allocations."""
    present = [peer for peer in PEERS if any(
        median(result["participants"].get(peer, {})) is not None for result in results.values())]
    times = [["workload", "Apus", *[SHORT[peer] for peer in present], "ratio", "of floor"]]
    memory = [["workload", "Apus", *[SHORT[peer] for peer in present], "mallocs", "of libraries", "tensors", "from the system"]]
    for name, result in results.items():
        people, r, f = result["participants"], ratio(result), floor_ms(name, result)
        own = median(people["apus"])
        share = f"{f / own:.2f}" if f and own else "–"
        times.append([f"`{name}`", cell(people["apus"]), *[cell(people.get(peer)) for peer in present],
                      f"**{r:.2f}**" if r else "–", share])
        memory.append([f"`{name}`", *[peak(people.get(peer)) for peer in ["apus", *present]], *counts(people["apus"])])
    return "\n".join([
        floor_line(results), "", "Median / best milliseconds per step:", "", table(times), "",
        "Peak memory of the process in MiB, and how often a step of Apus asks for memory (calls of malloc and the like of "
        "its own and of the libraries that it calls; tensors and scratch memory asked of the pool; buffers that the pool "
        "had to take from the system):", "", table(memory),
        *absences(results)])


def absences(results):
    """Below the tables: who was asked, could have taken part and did not, and why."""
    lines = []
    for name, result in results.items():
        for peer, participant in result["participants"].items():
            expected = peer != "apus" and reason_against(peer, WORKLOADS[name])
            if "skip" in participant and not expected:
                lines.append(f"- `{name}`, {SHORT.get(peer, 'Apus')}: {participant['skip']}".replace("|", "/"))
    return ["", "Took no part although they could have:", "", *lines] if lines else []


def peak(participant):
    value = (participant or {}).get("peak_mib")
    return f"{value:.0f}" if value and "skip" not in participant else "–"


def counts(participant):
    turns = participant.get("turns") or []
    keys = ["mallocs_per_step", "library_mallocs_per_step", "tensors_per_step", "system_per_step"]
    return [f"{statistics.median(t[key] for t in turns):.0f}" if turns and key in turns[0] else "–" for key in keys]


def write_between_marks(path, text):
    before, _, after = path.read_text().split(MARK)
    path.write_text(f"{before}{MARK}\n{text}\n{MARK}{after}")


# The chart: a bar per workload, the best peer at 1.

WIDTH, LEFT, RIGHT, TOP, ROW = 900, 200, 240, 92, 26
BLUE, ORANGE, GREY, INK = "#0072b2", "#d55e00", "#dddddd", "#333333"


def text(x, y, content, size=13, color=INK, anchor="start", weight="normal"):
    content = content.replace("&", "&amp;").replace("<", "&lt;")
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{content}</text>')


def chart(results):
    rows = [(name, ratio(result), peers_of(result)) for name, result in results.items() if ratio(result)]
    limit = max(1.25, min(3.0, max((r for _, r, _ in rows), default=1) * 1.05))
    scale, height = (WIDTH - LEFT - RIGHT) / limit, TOP + ROW * len(rows) + 46
    bottom = TOP + ROW * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        "font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">",
        "<title>Time of Apus by the time of the best peer</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(24, 34, "Time per step, Apus by the best peer", 18, weight="bold"),
        text(24, 56, "Left of the line at 1, Apus is faster. To the right of the bars: the best peer.", 13, "#666666"),
    ]
    step = 0.25 if limit <= 2 else 0.5
    for index in range(int(limit / step) + 1):
        x = LEFT + index * step * scale
        is_one = index * step == 1
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{bottom}" '
                     f'stroke="{INK if is_one else GREY}" stroke-width="{1.5 if is_one else 1}"/>')
        parts.append(text(x, bottom + 18, f"{index * step:g}", 12, "#666666", "middle"))
    for index, (name, r, others) in enumerate(rows):
        y, shown = TOP + ROW * index, min(r, limit)
        parts.append(text(LEFT - 10, y + 17, name, 13, anchor="end"))
        parts.append(f'<rect x="{LEFT}" y="{y + 4}" width="{shown * scale:.1f}" height="{ROW - 8}" rx="2" '
                     f'fill="{BLUE if r <= 1 else ORANGE}"><title>{name}: {r:.2f}</title></rect>')
        inside = shown * scale > 44
        x = LEFT + shown * scale + (-6 if inside else 6)
        parts.append(text(x, y + 17, f"{r:.2f}" + (" →" if r > limit else ""), 12, "#ffffff" if inside else INK,
                          "end" if inside else "start", "bold"))
        parts.append(text(WIDTH - RIGHT + 14, y + 17, f"{SHORT[others[0][1]]}, {number(others[0][0])} ms", 12, "#666666"))
    return "\n".join(parts + ["</svg>"]) + "\n"
