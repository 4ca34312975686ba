"""Writes cases.csv, records.csv and expected.csv: dosing cases with answers at 50 digits.

Every case states its records and, by hand, what is in the body from each of them on: doses that arrive once, trains of
doses without a beginning, constant infusions that have ended. The answer is the sum of their responses from the
eigenvalues of the rate matrix: exponentials, infusions integrated in closed form, trains as geometric series. Cases whose
elimination changes are carried from change to change by the matrix exponential. Nothing here reads the records, and
nothing is shared with the engine.
"""
import functools
import pathlib

import mpmath as mp

mp.mp.dps = 50
F = mp.mpf
ROWS = ["0", "0.5", "3", "7", "11", "24.5", "40"]
HEADER = "ID,TIME,EVID,AMT,RATE,II,ADDL,SS,CMT,N,DEPOT,F,LAG,D,R,S"
MOST_STATES = 4


# --- The system -------------------------------------------------------------------------------------------------------


def matrix(n, depot, scale=1):
    """Rates (1/h) of n compartments, the first of them eliminated, behind a depot or not."""
    rates = {("c", "out"): F("0.1") * scale}
    if depot:
        rates["d", "c"] = F("0.9")
    if n >= 2:
        rates |= {("c", "p"): F("0.3"), ("p", "c"): F("0.2")}
    if n >= 3:
        rates |= {("c", "q"): F("0.05"), ("q", "c"): F("0.02")}
    names = (["d"] if depot else []) + ["c", "p", "q"][:n]
    k = mp.zeros(len(names))
    for (a, b), rate in rates.items():
        k[names.index(a), names.index(a)] -= rate
        if b != "out":
            k[names.index(b), names.index(a)] += rate
    return k


@functools.cache
def modes(n, depot, scale=1):
    values, vectors = mp.eig(matrix(n, depot, scale))
    return [mp.re(v) for v in values], vectors, vectors**-1


# --- What one eigenvalue answers, by time ------------------------------------------------------------------------------


def once(arrival, cmt, amount, duration=0):
    """One dose, at once or evenly over its duration."""

    def response(value, time):
        since = time - arrival
        if since < 0:
            return F(0)
        if duration == 0:
            return amount * mp.exp(value * since)
        during = min(since, duration)
        return amount / duration * mp.expm1(value * during) / value * mp.exp(value * (since - during))

    return cmt, response


def cycle(value, phase, interval, amount, duration):
    """The train at a phase after a dose, its formula taken beyond [0, interval) where asked to."""
    ratio = mp.exp(value * interval)
    if duration == 0:
        return amount * mp.exp(value * phase) / (1 - ratio)
    # Ages of doses at phase 0: j intervals. The first `running` of them still run there.
    running = int(mp.ceil(duration / interval))
    rate = amount / duration
    total = F(0)
    for j in range(running):
        age = phase + j * interval
        during = min(age, duration)
        total += rate * mp.expm1(value * during) / value * mp.exp(value * (age - during))
    ended = rate * mp.expm1(value * duration) / value
    return total + ended * mp.exp(value * (phase + running * interval - duration)) / (1 - ratio)


def ever(last, interval, cmt, amount, duration=0):
    """Doses at `last` and every interval before it, without a beginning."""

    def response(value, time):
        phase = time - last
        while phase < 0:  # the dose at `last` has not arrived yet
            phase += interval
        return cycle(value, phase, interval, amount, duration)

    return cmt, response


def backward(record, lag, interval, cmt, amount, duration=0):
    """As NONMEM's closed forms have a lag beyond the interval: the cycle's formula from the phase interval - lag on."""

    def response(value, time):
        return cycle(value, time - record - lag + interval, interval, amount, duration)

    return cmt, response


def constant(end, cmt, rate):
    """An endless infusion that stopped at `end`."""
    return cmt, lambda value, time: -rate / value * mp.exp(value * (time - end))


def train(first, interval, count, cmt, amount, duration=0):
    return [once(first + i * interval, cmt, amount, duration) for i in range(count)]


def amounts(n, depot, doses, time, scale=1):
    values, vectors, inverse = modes(n, depot, scale)
    weights = [sum(inverse[m, cmt - 1] * response(value, time) for cmt, response in doses)
               for m, value in enumerate(values)]
    return [mp.re(sum(vectors[i, m] * weights[m] for m in range(len(values)))) for i in range(len(values))]


# --- Cases ------------------------------------------------------------------------------------------------------------


class Record:
    """A record, and what is in the body from it on: doses whose time has not come count for nothing."""

    def __init__(self, time, doses, evid=1, amt=0, rate=0, ii=0, addl=0, ss=0, cmt=1, f=1, lag=0, d=".", r="."):
        self.time = F(str(time))
        self.text = str(time)
        self.doses = doses
        self.fields = [evid, amt, rate, ii, addl, ss, cmt]
        self.values = [f, lag, d, r]

    def line(self, n, depot, scale=1):
        return ",".join(str(v) for v in [self.text, *self.fields, n, int(depot), *self.values, scale])


def observation(time, doses):
    return Record(time, doses, evid=0)


def single_dose_cases(c):
    yield "a dose at once", [Record(0, [once(F(0), c, F(100))], amt=100, cmt=c)]
    yield "an infusion with bioavailability and an additional dose", [
        Record(0, train(F(0), F(12), 2, c, F(50), F(5)), amt=100, rate=10, ii=12, addl=1, cmt=c, f="0.5")]
    yield "a modelled rate with lag and bioavailability", [
        Record(0, [once(F(2), c, F(50), F("6.25"))], amt=100, rate=-1, cmt=c, f="0.5", lag=2, r=8)]
    yield "a modelled duration with bioavailability and additional doses", [
        Record(0, train(F(0), F(12), 3, c, F(50), F(5)), amt=100, rate=-2, ii=12, addl=2, cmt=c, f="0.5", d=5)]
    yield "an additional dose acts before the record of its time", [
        Record(0, train(F(0), F(7), 2, c, F(100)), amt=100, ii=7, addl=1, cmt=c)]


def steady_state_cases(c):
    yield "SS 1: doses at once", [Record(0, [ever(F(0), F(6), c, F(10))], amt=10, ii=6, ss=1, cmt=c)]
    yield "SS 1: lag below II and an additional dose", [
        Record(0, [ever(F(8), F(6), c, F(10))], amt=10, ii=6, addl=1, ss=1, cmt=c, lag=2)]
    yield "SS 1: an infusion is still on at the record", [
        Record(0, [ever(F(4), F(6), c, F(20), F(5))], amt=40, rate=4, ii=6, ss=1, cmt=c, f="0.5", lag=4)]
    yield "SS 1: an infusion lasts as long as II", [
        Record(0, [ever(F(6), F(6), c, F(12), F(6))], amt=24, rate=2, ii=6, addl=1, ss=1, cmt=c, f="0.5")]
    yield "SS 1: infusions overlap", [
        Record(0, [ever(F(6), F(6), c, F(40), F(20))], amt=40, rate=2, ii=6, addl=1, ss=1, cmt=c)]
    yield "SS 1: modelled rate with bioavailability and lag", [
        Record(0, [ever(F(14), F(12), c, F(30), F(5))], amt=60, rate=-1, ii=12, addl=1, ss=1, cmt=c, f="0.5", lag=2,
               r=6)]
    yield "SS 1: modelled duration", [
        Record(0, [ever(F(1), F(12), c, F(30), F(4))], amt=60, rate=-2, ii=12, ss=1, cmt=c, f="0.5", lag=1, d=4)]
    yield "SS 1: a constant infusion that stops", [Record(0, [constant(F(0), c, F(5))], rate=5, ss=1, cmt=c, f="0.5")]
    yield "SS 1: a constant infusion at the modelled rate", [
        Record(0, [constant(F(0), c, F(8))], rate=-1, ss=1, cmt=c, f="0.5", r=8)]
    yield "SS 1 clears amounts and infusions and doses to come", [
        Record(-20, [once(F(-20), c, F(90), F(30))], amt=90, rate=3, ii=7, addl=9, cmt=c),
        Record(0, [ever(F(0), F(6), c, F(10))], amt=10, ii=6, ss=1, cmt=c)]
    first = once(F(-3), c, F(30))
    yield "SS 2: doses at once on top of a dose", [
        Record(-3, [first], amt=30, cmt=c),
        Record(0, [first, ever(F(0), F(6), c, F(10))], amt=10, ii=6, ss=2, cmt=c)]
    running = once(F(-3), c, F(30), F(10))
    yield "SS 2: infusions on top of an infusion", [
        Record(-3, [running], amt=30, rate=3, cmt=c),
        Record(0, [running, ever(F(6), F(6), c, F(10), F(5))], amt=10, rate=2, ii=6, addl=1, ss=2, cmt=c)]
    morning = ever(F(12), F(24), c, F(20))
    yield "SS 2: evening on top of morning with lag", [
        Record(-12, [morning], amt=20, ii=24, addl=1, ss=1, cmt=c),
        Record(0, [morning, ever(F(3), F(24), c, F(10))], amt=10, ii=24, ss=2, cmt=c, lag=3)]


def lag_beyond_interval_cases(c):
    """(title, rule, records): the same records under both rules."""
    once_each = dict(amt=10, ii=6, ss=1, cmt=c)
    yield "SS 1: lag of more than two intervals", "physical", [
        Record(0, [ever(F(15), F(6), c, F(10))], **once_each, lag=15)]
    yield "SS 1: lag beyond II", "physical", [Record(0, [ever(F(14), F(6), c, F(10))], **once_each, addl=1, lag=8)]
    yield "SS 1: lag beyond II", "nonmem", [
        Record(0, [backward(F(0), F(8), F(6), c, F(10)), *train(F(8), F(6), 2, c, F(10))], **once_each, addl=1, lag=8)]
    yield "SS 1: lag equals II", "physical", [Record(0, [ever(F(6), F(6), c, F(10))], **once_each, lag=6)]
    yield "SS 1: lag equals II", "nonmem", [Record(0, [ever(F(6), F(6), c, F(10))], **once_each, lag=6)]
    short = dict(amt=10, rate=5, ii=6, addl=1, ss=1, cmt=c, lag=8)
    yield "SS 1: infusions with lag beyond II", "physical", [Record(0, [ever(F(14), F(6), c, F(10), F(2))], **short)]
    yield "SS 1: infusions with lag beyond II", "nonmem", [
        Record(0, [backward(F(0), F(8), F(6), c, F(10), F(2)), *train(F(8), F(6), 2, c, F(10), F(2))], **short)]
    overlapping = dict(amt=20, rate=-1, ii=6, addl=1, ss=1, cmt=c, lag=8, r=2)
    yield "SS 1: overlapping infusions with lag beyond II", "physical", [
        Record(0, [ever(F(14), F(6), c, F(20), F(10))], **overlapping)]
    yield "SS 1: overlapping infusions with lag beyond II", "nonmem", [
        Record(0, [backward(F(0), F(8), F(6), c, F(20), F(10)), *train(F(8), F(6), 2, c, F(20), F(10))], **overlapping)]
    first = once(F(-3), c, F(30))
    second = dict(amt=10, ii=6, ss=2, cmt=c, lag=8)
    yield "SS 2: lag beyond II", "physical", [
        Record(-3, [first], amt=30, cmt=c), Record(0, [first, ever(F(8), F(6), c, F(10))], **second)]
    yield "SS 2: lag beyond II", "nonmem", [
        Record(-3, [first], amt=30, cmt=c),
        Record(0, [first, backward(F(0), F(8), F(6), c, F(10)), once(F(8), c, F(10))], **second)]


def reset_cases(c):
    old = train(F(1), F(6), 2, c, F(100))  # at 1 and 7 h; the later ones are cancelled
    dose = Record(0, old, amt=100, ii=6, addl=9, cmt=c, lag=1)
    yield "EVID 3 is not lagged and cancels doses to come", [dose, Record(8, [], evid=3, cmt=c, lag=1)]
    yield "EVID 4 is not lagged but its dose is", [
        dose, Record(8, [once(F(13), c, F(30), F(3))], evid=4, amt=30, rate=10, cmt=c, lag=5)]
    yield "EVID 3 stops an infusion", [
        Record(0, [once(F(0), c, F(90), F(30))], amt=90, rate=3, cmt=c), Record(8, [], evid=3, cmt=c)]
    yield "EVID 4 with SS 1", [
        dose, Record(8, [ever(F(8), F(6), c, F(10))], evid=4, amt=10, ii=6, ss=1, cmt=c)]
    yield "EVID 4 with SS 1 and additional doses and lag", [
        dose, Record(8, [ever(F(22), F(6), c, F(10))], evid=4, amt=10, ii=6, addl=2, ss=1, cmt=c, lag=2)]
    yield "EVID 4 with SS 2 begins from nothing", [
        dose, Record(8, [ever(F(8), F(6), c, F(10))], evid=4, amt=10, ii=6, ss=2, cmt=c)]
    # 0, 20 h on the first axis; the second one begins at 2 h.
    back = [Record(0, train(F(1), F(6), 4, c, F(100)), amt=100, ii=6, addl=9, cmt=c, lag=1),
            observation(20, train(F(1), F(6), 4, c, F(100)))]
    yield "time steps back at EVID 4", [*back, Record(2, [once(F(3), c, F(30))], evid=4, amt=30, cmt=c, lag=1)]
    yield "time steps back at EVID 3", [
        *back, Record(-1, [], evid=3, cmt=c), Record(2, [once(F(2), c, F(30))], amt=30, cmt=c)]


def simultaneous_cases(c, other):
    def both(title, parts, before=()):
        """parts: (record's keywords, its dose) of one instant, in both orders."""
        for name, order in (("", parts), (" in the other order", parts[::-1])):
            records, doses = list(before), []
            for keywords, dose in order:
                doses = [*doses, dose]
                records.append(Record(0, doses, **keywords))
            yield title + name, records

    plain = (dict(amt=40, cmt=c), once(F(0), c, F(40)))
    infusion = (dict(amt=20, rate=4, cmt=other), once(F(0), other, F(20), F(5)))
    yield from both("two doses at one time", [plain, infusion])
    # What is swallowed arrives later and elsewhere than what is absorbed at once.
    part_1 = (dict(amt=20, rate=-2, ii=12, ss=1, cmt=other, f="0.2", d="0.5"), ever(F(0), F(12), other, F(4), F("0.5")))
    part_2 = (dict(amt=20, ii=12, ss=1, cmt=c, f="0.8", lag="0.5"), ever(F("0.5"), F(12), c, F(16)))
    before = [Record(-3, [once(F(-3), c, F(90), F(30))], amt=90, rate=3, ii=40, addl=3, cmt=c)]
    yield from both("SS 1 twice at one time", [part_1, part_2], before)
    yield from both("SS 1 and a plain lagged dose at one time",
                    [part_1, (dict(amt=40, cmt=c, lag=4), once(F(4), c, F(40)))], before)
    yield from both("SS 1 and SS 2 at one time",
                    [part_1, (dict(amt=10, ii=8, ss=2, cmt=c), ever(F(0), F(8), c, F(10)))], before)
    first = once(F(-3), c, F(100))
    yield "an observation above a dose of its time is a trough", [
        Record(-3, [first], amt=100, cmt=c), observation(0, [first]), Record(0, [ever(F(0), F(6), c, F(10))], amt=10, ii=6,
                                                                             ss=1, cmt=c)]
    yield "EVID 4 clears the doses above it at the same time", [
        Record(0, [plain[1]], **plain[0]),
        Record(0, [once(F(0), c, F(30))], evid=4, amt=30, cmt=c),
        Record(0, [once(F(0), c, F(30)), infusion[1]], **infusion[0])]


def constant_rate_cases():
    """(n, depot, lag rule, title, rows): a row is (record, amounts)."""
    for n, depot in ((1, False), (2, False), (3, False), (1, True), (2, True), (3, True)):
        for c in range(1, n + int(depot) + 1):
            other = c % (n + int(depot)) + 1
            cases = [("physical", title, records)
                     for group in (single_dose_cases(c), steady_state_cases(c), reset_cases(c),
                                   simultaneous_cases(c, other)) for title, records in group]
            cases += [(rule, title, records) for title, rule, records in lag_beyond_interval_cases(c)]
            for rule, title, records in cases:
                rows = []
                for record, following in zip(records, [*records[1:], None]):
                    rows.append(record)
                    rows += [observation(t, record.doses) for t in ROWS
                             if (record.time <= F(t) if following is None else record.time < F(t) < following.time)]
                yield n, depot, rule, f"CMT {c}: {title}", [
                    (row.line(n, depot), row.text, amounts(n, depot, row.doses, row.time)) for row in rows]


# --- Elimination that changes -----------------------------------------------------------------------------------------


def carried(n, depot, scale, state, infusions, start, end):
    """The state at `end`, infusions (start, end, cmt, rate) stepping on and off between."""
    cuts = sorted({start, end} | {t for a, b, _, _ in infusions for t in (a, b) if start < t < end})
    size = n + int(depot)
    for a, b in zip(cuts, cuts[1:]):
        g = mp.zeros(size + 1)
        g[:size, :size] = matrix(n, depot, scale) * (b - a)
        for on, off, cmt, rate in infusions:
            if on <= a and b <= off:
                g[cmt - 1, size] += rate * (b - a)
        column = mp.matrix([*state, 1])
        state = list(mp.expm(g) * column)[:size]
    return state


def changing_rate_cases():
    """(n, depot, title, rows by rule). A record comes with its scale of elimination and what it adds at once."""

    def rows(n, depot, rule, records, infusions, late):
        state, previous = [F(0)] * (n + int(depot)), None
        for i, (record, scale, added) in enumerate(records):
            if previous is not None:
                used = scale if rule == "backward" else records[i - 1][1]
                time = previous
                for arrival, cmt, amount in late:  # doses that come between records
                    if time < arrival <= record.time:
                        state = carried(n, depot, used, state, infusions, time, arrival)
                        state[cmt - 1] += amount
                        time = arrival
                state = carried(n, depot, used, state, infusions, time, record.time)
            state = [a + b for a, b in zip(state, added)]
            previous = record.time
            yield record.line(n, depot, scale), record.text, state

    for n, depot in ((1, False), (2, False), (3, True)):
        size = n + int(depot)
        central = 1 + int(depot)

        def at_once(amount, cmt):
            return [amount if i == cmt - 1 else F(0) for i in range(size)]

        nothing = [F(0)] * size
        scales = ["1", "2", "0.5", "3", "1.5", "0.25"]
        grid = list(zip(["2", "5", "6", "9", "20"], scales[1:]))
        looks = [(observation(t, []), F(s), nothing) for t, s in grid]
        infusion = Record(0, [], amt=40, rate=10, cmt=central)
        yield n, depot, "elimination changes during and after an infusion", lambda rule: rows(
            n, depot, rule, [(infusion, F(1), nothing), *looks], [(F(0), F(4), central, F(10))], [])
        dose = Record(0, [], amt=20, ii=4, addl=2, cmt=1, lag=1)
        yield n, depot, "elimination changes between lagged and additional doses", lambda rule: rows(
            n, depot, rule, [(dose, F(1), nothing), *looks], [], [(F(t), 1, F(20)) for t in (1, 5, 9)])
        steady = Record(0, [], amt=10, ii=6, ss=1, cmt=central)
        start = amounts(n, depot, [ever(F(0), F(6), central, F(10))], F(0), F("1.5"))
        yield n, depot, "steady state has the elimination of its record", lambda rule: rows(
            n, depot, rule, [(steady, F("1.5"), start), *looks], [], [])
        # 5 h: an observation and a dose with other values; 6 h follows at once.
        again = Record(5, [], amt=30, cmt=central)
        crowd = [(observation("2", []), F(2), nothing), (observation("5", []), F("0.5"), nothing),
                 (again, F(3), at_once(F(30), central)), (observation("5", []), F("1.5"), nothing),
                 (observation("9", []), F("0.25"), nothing)]
        first = Record(0, [], amt=50, cmt=1)
        yield n, depot, "simultaneous records with different elimination", lambda rule: rows(
            n, depot, rule, [(first, F(1), at_once(F(50), 1)), *crowd], [], [])


def main():
    cases = ["ID,COVARIATES,LAG_RULE,TITLE"]
    records = [HEADER]
    expected = ["ID,TIME," + ",".join(f"A{i + 1}" for i in range(MOST_STATES))]

    def write(covariates, lag_rule, title, rows):
        identity = len(cases)
        cases.append(f"{identity},{covariates},{lag_rule},{title}")
        for line, time, state in rows:
            records.append(f"{identity},{line}")
            numbers = [mp.nstr(a, 17) for a in state] + ["."] * (MOST_STATES - len(state))
            expected.append(f"{identity},{time},{','.join(numbers)}")

    for n, depot, rule, title, rows in constant_rate_cases():
        write("backward", rule, f"{n}-compartment model{' with depot' if depot else ''}: {title}", rows)
    for n, depot, title, rows in changing_rate_cases():
        for covariates in ("backward", "forward"):
            write(covariates, "physical", f"{n}-compartment model{' with depot' if depot else ''}: {title}", rows(covariates))

    folder = pathlib.Path(__file__).parent
    for name, lines in (("cases", cases), ("records", records), ("expected", expected)):
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


main()
