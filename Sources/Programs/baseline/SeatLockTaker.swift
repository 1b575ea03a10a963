/// The second design that most shops have: a row per seat, locked without waiting, so that only those who want the same
/// seat are in each other's way.
struct SeatLockTaker: HoldTaker {
    private static func setUp(seats: Int) -> String {
        """
        DROP TABLE IF EXISTS seat_lock_seats;
        CREATE TABLE seat_lock_seats (
            show text, seat text, status smallint NOT NULL DEFAULT 0, held_until timestamptz,
            PRIMARY KEY (show, seat)) WITH (fillfactor = 50);
        INSERT INTO seat_lock_seats (show, seat) SELECT 'hot', 's' || n FROM generate_series(0, \(seats - 1)) AS n;
        VACUUM ANALYZE seat_lock_seats;
        """
    }

    private static let lock = "SELECT status FROM seat_lock_seats WHERE show = $1 AND seat = $2 FOR UPDATE NOWAIT"
    private static let update = """
        UPDATE seat_lock_seats SET status = 1, held_until = now() + interval '5 minutes' WHERE show = $1 AND seat = $2
        """

    private let pool: ConnectionPool

    init(conninfo: String, connections: Int, seats: Int) throws {
        pool = try ConnectionPool(
            conninfo: conninfo, count: connections, setUp: Self.setUp(seats: seats),
            statements: [Self.lock, Self.update])
    }

    func take(_ hold: HoldRequest, show: String) async -> Bool {
        let seats = (hold.seats ?? []).sorted()
        return await pool.transaction { database in
            for seat in seats {
                guard try database.run(0, [show, seat]) == "0" else { return false }
            }
            for seat in seats { _ = try database.run(1, [show, seat]) }
            return true
        }
    }
}
