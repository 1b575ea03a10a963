"""librdkafka's mock cluster of Kafka brokers, on sockets of its own.

  mock_kafka.py TOPIC PARTITIONS    prints its bootstrap servers, then reads commands, and answers each with its name:
      down, up                      its brokers hang up and listen no more, and do so again; they keep what they have
      refuse                        the next request to produce is refused, as by a broker that leads no more
      forbid, allow                 the topic is not for the client to see, and is again

It ends when its input does. `kcat -M` is the same, without commands.
"""

import ctypes
import ctypes.util
import sys

BROKERS = 3
PRODUCER = 0
PRODUCE = 0
NOT_LEADER = 6
TOPIC_AUTHORIZATION_FAILED = 29

kafka = ctypes.CDLL("librdkafka.so.1")
for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_mock_cluster_new"):
    getattr(kafka, name).restype = ctypes.c_void_p
kafka.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
error = ctypes.create_string_buffer(512)
client = kafka.rd_kafka_new(PRODUCER, ctypes.c_void_p(kafka.rd_kafka_conf_new()), error, len(error))
assert client, error.value
cluster = ctypes.c_void_p(kafka.rd_kafka_mock_cluster_new(ctypes.c_void_p(client), BROKERS))
topic = sys.argv[1].encode()
assert kafka.rd_kafka_mock_topic_create(cluster, topic, int(sys.argv[2]), BROKERS) == 0
print(kafka.rd_kafka_mock_cluster_bootstraps(cluster).decode(), flush=True)
for line in sys.stdin:
    command = line.strip()
    if command == "refuse":
        kafka.rd_kafka_mock_push_request_errors(cluster, PRODUCE, ctypes.c_size_t(1), NOT_LEADER)
    elif command == "forbid":
        kafka.rd_kafka_mock_topic_set_error(cluster, topic, TOPIC_AUTHORIZATION_FAILED)
    elif command == "allow":
        kafka.rd_kafka_mock_topic_set_error(cluster, topic, 0)
    else:
        change = {"down": kafka.rd_kafka_mock_broker_set_down, "up": kafka.rd_kafka_mock_broker_set_up}[command]
        for broker in range(1, BROKERS + 1):
            assert change(cluster, broker) == 0
    print(command, flush=True)
