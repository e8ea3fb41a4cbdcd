import statistics


def run(params):
    data = [(i * 37 % 101) / 3 for i in range(200)]
    return [
        statistics.mean(data), statistics.median_grouped(data), statistics.stdev(data), statistics.quantiles(data, n=5),
        statistics.multimode([1, 1, 2, 2, 3]), statistics.correlation(data, data[::-1]), repr(statistics.NormalDist(0, 2).cdf(1)),
    ]
