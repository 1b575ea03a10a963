/// The first design that most shops have: how much is left stands in the show's row, and whoever changes it locks it
/// until the commit is on the disk.
struct RowLockTaker: HoldTaker {
    private static let setUp = """
        DROP TABLE IF EXISTS row_lock_holds, row_lock_shows;
        CREATE TABLE row_lock_shows (show text PRIMARY KEY, available bigint NOT NULL) WITH (fillfactor = 10);
        CREATE TABLE row_lock_holds (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, show text NOT NULL, quantity integer NOT NULL,
            placed_at timestamptz NOT NULL DEFAULT now());
        INSERT INTO row_lock_shows VALUES ('hot', 1000000000);
        """

    private static let lock = "SELECT available FROM row_lock_shows WHERE show = $1 FOR UPDATE"
    private static let update = "UPDATE row_lock_shows SET available = available - $2::bigint WHERE show = $1"
    private static let insert = "INSERT INTO row_lock_holds (show, quantity) VALUES ($1, $2::integer) RETURNING id"

    private let pool: ConnectionPool

    init(conninfo: String, connections: Int) throws {
        pool = try ConnectionPool(
            conninfo: conninfo, count: connections, setUp: Self.setUp,
            statements: [Self.lock, Self.update, Self.insert])
    }

    func take(_ hold: HoldRequest, show: String) async -> Bool {
        let quantity = hold.count
        return await pool.transaction { database in
            guard let available = try database.run(0, [show]).flatMap({ Int($0) }), available >= quantity else {
                return false
            }
            _ = try database.run(1, [show, "\(quantity)"])
            _ = try database.run(2, [show, "\(quantity)"])
            return true
        }
    }
}
