"""Writes records.csv and expected.csv: dosing cases with answers by superposition at 50 digits.

Every case states its records and, by hand, the doses that arrive: (time, compartment, amount, duration). The answer is
the sum of impulse responses from the eigenvalues of the rate matrix, infusions integrated in closed form. Nothing here
reads the records.
"""
import pathlib

import mpmath as mp

mp.mp.dps = 50
ROWS = ["0", "0.5", "3", "7", "11", "16", "24.5", "40"]
RATES = {1: {(1, 0): "0.1"}, 2: {(1, 0): "0.1", (1, 2): "0.3", (2, 1): "0.2"}}
RATES[3] = RATES[2] | {(1, 3): "0.05", (3, 1): "0.02"}
PAST = 2000  # doses before the record of a train without beginning: the first leaves nothing at double precision


def system(n):
    k = mp.zeros(n)
    for (a, b), rate in RATES[n].items():
        k[a - 1, a - 1] -= mp.mpf(rate)
        if b:
            k[b - 1, a - 1] += mp.mpf(rate)
    values, vectors = mp.eig(k)
    return [mp.re(v) for v in values], vectors, vectors ** -1


def amounts(n, doses, time):
    values, vectors, inverse = system(n)
    weights = [mp.mpf(0)] * n
    for arrival, compartment, amount, duration in doses:
        since = time - arrival
        if since < 0:
            continue
        for m, value in enumerate(values):
            if duration == 0:
                response = amount * mp.exp(value * since)
            else:
                during = min(since, duration)
                response = amount / duration * mp.expm1(value * during) / value * mp.exp(value * (since - during))
            weights[m] += inverse[m, compartment - 1] * response
    return [mp.re(sum(vectors[i, m] * weights[m] for m in range(n))) for i in range(n)] + [mp.mpf(0)] * (3 - n)


def train(first, interval, last, compartment, amount, duration=0):
    count = int((last - first) / interval) + 1
    return [(first + i * interval, compartment, amount, duration) for i in range(count)]


def cases():
    f = mp.mpf
    for n in (1, 2, 3):
        for c in range(1, n + 1):
            # TIME,EVID,AMT,RATE,II,ADDL,SS,CMT,N,F,LAG,D,R
            yield n, [f"0,1,100,0,0,0,0,{c},{n},1,0,.,."], [(f(0), c, f(100), f(0))], 0
            yield n, [f"0,1,100,-1,0,0,0,{c},{n},0.5,2,.,8"], [(f(2), c, f(50), f("6.25"))], 0
            yield n, [f"0,1,100,-2,12,2,0,{c},{n},0.5,0,5,."], train(f(0), f(12), f(24), c, f(50), f(5)), 0
            # Steady state, lag of more than two intervals: the doses on their way arrive.
            yield (n, [f"0,1,10,0,6,0,1,{c},{n},1,15,.,."],
                   train(f(15) - 6 * PAST, f(6), f(15), c, f(10)), 0)
            # Infusions that overlap, modelled rate, lag beyond the interval.
            yield (n, [f"0,1,20,-1,6,1,1,{c},{n},1,8,.,2"],
                   train(f(8) - 6 * PAST, f(6), f(14), c, f(20), f(10)), 0)
            # EVID 3 at 8 h cancels what is to come; EVID 4 too, and its own dose is lagged.
            yield n, [f"0,1,100,0,6,9,0,{c},{n},1,1,.,.", f"8,3,0,0,0,0,0,{c},{n},1,1,.,."], train(
                f(1), f(6), f(7), c, f(100)), 8
            yield n, [f"0,1,100,0,6,9,0,{c},{n},1,1,.,.", f"8,4,30,10,0,0,0,{c},{n},1,5,.,."], train(
                f(1), f(6), f(7), c, f(100)), (8, [(f(13), c, f(30), f(3))])


def main():
    folder = pathlib.Path(__file__).parent
    records = ["ID,TIME,EVID,AMT,RATE,II,ADDL,SS,CMT,N,F,LAG,D,R"]
    expected = ["ID,TIME,A1,A2,A3"]
    for identity, (n, lines, doses, reset) in enumerate(cases(), start=1):
        reset_time, later = reset if isinstance(reset, tuple) else (reset, [])
        rows = [(mp.mpf(line.split(",")[0]), line) for line in lines]
        rows += [(mp.mpf(t), f"{t},0,0,0,0,0,0,1,{n},1,0,.,.") for t in ROWS]
        rows.sort(key=lambda row: row[0])
        for time, line in rows:
            active = later if reset_time and time >= reset_time else doses
            records.append(f"{identity},{line}")
            numbers = ",".join(mp.nstr(a, 17) for a in amounts(n, active, time))
            expected.append(f"{identity},{line.split(',')[0]},{numbers}")
    (folder / "records.csv").write_text("\n".join(records) + "\n")
    (folder / "expected.csv").write_text("\n".join(expected) + "\n")


main()
