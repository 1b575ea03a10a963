package import Domain
package import EventLog
package import Sequencing

/// What the admission process asks of the sequencer. The same name is the same command, whoever asks it.
extension CommandRequest {
    /// A command on a show's waiting room, proposed on what the room was at a place in the log.
    ///
    /// - Parameter name: tells the steps proposed at the same place apart.
    package init(proposing command: RoomCommand, inRoomOf show: ShowID, named name: String, seenAt place: LogPosition) {
        self.init(bySystem: command, on: show.roomStream, named: "room/\(show)/\(name)/\(place)")
    }

    /// A command on a show, proposed on what its waiting room was at a place in the log.
    package init(proposing command: ShowCommand, on show: ShowID, named name: String, seenAt place: LogPosition) {
        self.init(bySystem: command, on: StreamID(show), named: "room-of/\(show)/\(name)/\(place)")
    }
}
