import SwiftProtobuf
import Traces
import Tracing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Spans as an export request of the OpenTelemetry protocol, in Protocol Buffers.
func exportRequest(_ spans: [FinishedSpan], from service: ServiceIdentity) throws -> [UInt8] {
    var scope = Holdfast_Otlp_V1_ScopeSpans()
    scope.scope.name = "holdfast"
    scope.scope.version = service.version
    scope.spans = spans.map(Holdfast_Otlp_V1_Span.init)
    var resource = Holdfast_Otlp_V1_ResourceSpans()
    resource.resource.attributes = [
        Holdfast_Otlp_V1_KeyValue("service.name", .string("holdfast")),
        Holdfast_Otlp_V1_KeyValue("service.version", .string(service.version)),
        Holdfast_Otlp_V1_KeyValue("service.instance.id", .string(service.instance)),
        Holdfast_Otlp_V1_KeyValue("holdfast.roles", .stringArray(service.roles)),
    ].compactMap(\.self)
    resource.scopeSpans = [scope]
    var request = Holdfast_Otlp_V1_ExportTraceServiceRequest()
    request.resourceSpans = [resource]
    return try request.serializedBytes()
}

extension Holdfast_Otlp_V1_Span {
    fileprivate init(_ span: FinishedSpan) {
        self.init()
        traceID = span.context.traceID.bytes
        spanID = span.context.spanID.bytes
        traceState = span.context.state ?? ""
        if let parent = span.parentSpanID { parentSpanID = parent.bytes }
        name = span.name
        kind = SpanKind(span.kind)
        startTimeUnixNano = span.start
        endTimeUnixNano = span.end
        attributes = span.attributes.keyValues
        events = span.events.map { event in
            var wire = Event()
            wire.timeUnixNano = event.nanosecondsSinceEpoch
            wire.name = event.name
            wire.attributes = event.attributes.keyValues
            return wire
        }
        links = span.links.map { link in
            var wire = Link()
            wire.traceID = link.traceID.bytes
            wire.spanID = link.spanID.bytes
            wire.flags = link.isSampled ? 1 : 0
            return wire
        }
        if let given = span.status {
            status.code = given.code == .error ? .error : .ok
            status.message = given.message ?? ""
        }
        flags = span.context.isSampled ? 1 : 0
    }
}

extension Holdfast_Otlp_V1_Span.SpanKind {
    fileprivate init(_ kind: Tracing.SpanKind) {
        switch kind {
        case .server: self = .server
        case .client: self = .client
        case .producer: self = .producer
        case .consumer: self = .consumer
        case .internal: self = .internal
        }
    }
}

extension SpanAttributes {
    fileprivate var keyValues: [Holdfast_Otlp_V1_KeyValue] {
        var pairs: [Holdfast_Otlp_V1_KeyValue] = []
        forEach { name, value in
            if let pair = Holdfast_Otlp_V1_KeyValue(name, value) { pairs.append(pair) }
        }
        return pairs
    }
}

extension Holdfast_Otlp_V1_KeyValue {
    /// Nil: a kind of value that this version does not know.
    fileprivate init?(_ name: String, _ attribute: SpanAttribute) {
        self.init()
        key = name
        switch attribute {
        case .int32(let number): value.intValue = Int64(number)
        case .int64(let number): value.intValue = number
        case .double(let number): value.doubleValue = number
        case .bool(let flag): value.boolValue = flag
        case .string(let text): value.stringValue = text
        case .stringConvertible(let thing): value.stringValue = thing.description
        case .int32Array(let numbers): value.arrayValue = .init(numbers) { $0.intValue = Int64($1) }
        case .int64Array(let numbers): value.arrayValue = .init(numbers) { $0.intValue = $1 }
        case .doubleArray(let numbers): value.arrayValue = .init(numbers) { $0.doubleValue = $1 }
        case .boolArray(let flags): value.arrayValue = .init(flags) { $0.boolValue = $1 }
        case .stringArray(let texts): value.arrayValue = .init(texts) { $0.stringValue = $1 }
        case .stringConvertibleArray(let things): value.arrayValue = .init(things) { $0.stringValue = $1.description }
        default: return nil
        }
    }
}

extension Holdfast_Otlp_V1_ArrayValue {
    fileprivate init<Element>(_ elements: [Element], _ set: (inout Holdfast_Otlp_V1_AnyValue, Element) -> Void) {
        self.init()
        values = elements.map { element in
            var value = Holdfast_Otlp_V1_AnyValue()
            set(&value, element)
            return value
        }
    }
}

extension TraceID {
    fileprivate var bytes: Data { high.bytes + low.bytes }
}

extension UInt64 {
    /// The most significant first.
    fileprivate var bytes: Data { withUnsafeBytes(of: bigEndian) { Data($0) } }
}
