import SuretyTraining
import Testing

struct ScheduleTests {
    @Test(arguments: [
        (.constant, [1, 1, 1, 1]),
        (.steps(at: [1, 3], factor: 0.1), [1, 0.1, 0.1, 0.01]),
        (.steps(at: [], factor: 0.1), [1, 1, 1, 1]),
        (.steps(at: [0], factor: 0.5), [0.5, 0.5, 0.5, 0.5]),
        // ½(1 + cos(πe/4)).
        (.cosine, [1, 0.853_553_4, 0.5, 0.146_446_6]),
    ] as [(Schedule, [Float])])
    func factors(_ schedule: Schedule, _ expected: [Float]) {
        for (epoch, factor) in expected.enumerated() {
            #expect(abs(schedule.factor(epoch: epoch, of: 4) - factor) < 1e-6, "epoch \(epoch)")
        }
    }
}
