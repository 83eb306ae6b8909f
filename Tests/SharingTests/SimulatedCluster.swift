import SuretySharing

/// Workers that share a run in simulated time: the pieces, and which of them is claimed, are the program's own.
///
/// A claim takes a time drawn from `latency`. What a worker has done the others see after `visibility` seconds, and claims they do
/// not see at all, but when they ask for the same piece.
struct SimulatedCluster {
    let workers: Int
    /// Samples that a worker classifies in a second.
    let rate: Double
    /// The seconds that a claim, granted or not, takes.
    let latency: ClosedRange<Double>
    let visibility: Double

    struct Outcome {
        /// Seconds from the first claim to the last image's decision.
        var seconds = 0.0
        /// The part of all workers' time in which they classified samples, and in which they waited for an answer to a claim.
        var utilisation = 0.0, claiming = 0.0
        var pieces = 0, refusals = 0
    }

    /// - Parameters:
    ///   - costs: The samples that decide each image, one of `looks`.
    ///   - extra: Samples before the first look, of each image.
    func run(costs: [Int], looks: [Int], extra: Int, _ cutting: Cutting, using generator: inout some RandomNumberGenerator) -> Outcome {
        var outcome = Outcome()
        var board = WorkBoard(count: costs.count, cutting)
        var claimed: Set<Piece> = []
        var samples = costs.map { _ in 0 }, known = costs.map { _ in 0 }, missing: [Int: Int] = [:]
        let next = Dictionary(uniqueKeysWithValues: zip([0] + looks, looks))
        // What others come to see, and when: an image's place, its samples and the next look.
        var seen = Queue<(place: Int, samples: Int, next: Int?)>(), ready = Queue<Int>()
        for worker in 0..<workers { ready.add(worker, at: Double.random(in: 0...1, using: &generator)) }
        var undecided = costs.count, end = 0.0, asking = 0.0
        // What each worker remembers: the rest of a group that it began, images that it advanced, and how often in a row it found nothing.
        var rests = Array(repeating: Piece?.none, count: workers)
        var mine = Array(repeating: [Int](), count: workers), idle = Array(repeating: 0, count: workers)
        while undecided > 0, let (start, worker) = ready.next() {
            var now = start
            while let (_, news) = seen.next(before: now) {
                guard news.samples > known[news.place] else { continue }
                known[news.place] = news.samples
                board.note(news.place, samples: news.samples, next: news.next)
            }
            var piece: Piece?
            func ask(for wanted: Piece) -> Bool {
                let answer = Double.random(in: latency, using: &generator)
                (now, asking) = (now + answer, asking + answer)
                if !claimed.insert(wanted).inserted { outcome.refusals += 1; return false }
                piece = wanted
                return true
            }
            if let rest = rests[worker], !ask(for: rest) { rests[worker] = nil }
            for attempt in 0..<4 where piece == nil {
                guard let wanted = board.pick(passing: attempt / 2, using: &generator), !ask(for: wanted) else { break }
            }
            mine[worker].removeAll { samples[$0] >= costs[$0] }
            while piece == nil, let place = mine[worker].popLast() {
                guard let look = next[samples[place]] else { continue }
                for wanted in cutting.pieces(of: place, samples[place]..<look) where piece == nil {
                    if !claimed.contains(wanted) { _ = ask(for: wanted) }
                }
            }
            guard let piece else {
                idle[worker] += 1
                ready.add(worker, at: now + min(8, 0.5 * Double(idle[worker])))
                continue
            }
            idle[worker] = 0
            outcome.pieces += 1
            var spent = 0
            /// Takes looks until the image is decided, or the portion is spent.
            func look(at place: Int) -> (place: Int, samples: Int, next: Int?) {
                if samples[place] == 0 { spent += extra }
                var isFirst = true
                while samples[place] < costs[place], let look = next[samples[place]],
                    isFirst || spent + look - samples[place] <= cutting.portion {
                    (spent, samples[place], isFirst) = (spent + look - samples[place], look, false)
                }
                return (place, samples[place], samples[place] < costs[place] ? next[samples[place]] : nil)
            }
            var news: [(place: Int, samples: Int, next: Int?)] = []
            switch piece {
            case .images(let group, let first):
                let places = cutting.places(of: group, from: first, count: costs.count)
                for place in places where spent < cutting.portion && samples[place] == 0 { news.append(look(at: place)) }
                rests[worker] = places.first { samples[$0] == 0 }.map { .images(group: group, from: $0) }
            case .looks(let place, _): news.append(look(at: place))
            case .samples(let place, let range):
                spent = range.count
                let look = next[samples[place]] ?? 0
                missing[place] = (missing[place] ?? look - samples[place]) - range.count
                if missing[place] == 0 {
                    (missing[place], samples[place]) = (nil, look)
                    news.append((place, look, look < costs[place] ? next[look] : nil))
                }
            }
            now += Double(spent) / rate
            for news in news {
                if news.next != nil { mine[worker].append(news.place) }
                seen.add(news, at: now + Double.random(in: 0...visibility, using: &generator))
                if news.next == nil { undecided -= 1 }
            }
            end = max(end, now)
            ready.add(worker, at: now)
        }
        let all = zip(costs, samples).reduce(0.0) { $0 + Double($1.0 + extra) }
        outcome.seconds = end
        outcome.utilisation = all / rate / (end * Double(workers))
        outcome.claiming = asking / (end * Double(workers))
        return outcome
    }
}

/// Events in the order of their times.
private struct Queue<Event> {
    private var heap: [(time: Double, event: Event)] = []

    mutating func add(_ event: Event, at time: Double) {
        heap.append((time, event))
        var child = heap.count - 1
        while child > 0, heap[(child - 1) / 2].time > heap[child].time {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next(before limit: Double = .infinity) -> (time: Double, event: Event)? {
        guard let first = heap.first, first.time < limit else { return nil }
        let last = heap.removeLast()
        if heap.isEmpty { return first }
        heap[0] = last
        var parent = 0
        while 2 * parent + 1 < heap.count {
            var child = 2 * parent + 1
            if child + 1 < heap.count, heap[child + 1].time < heap[child].time { child += 1 }
            if heap[parent].time <= heap[child].time { break }
            heap.swapAt(parent, child)
            parent = child
        }
        return first
    }
}
