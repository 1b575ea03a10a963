#include <librdkafka/rdkafka.h>

/// Queues a message, which is copied; `headers` belong to librdkafka if this returns no error. Swift can't call a function
/// that takes any number of arguments.
static inline rd_kafka_resp_err_t holdfast_kafka_produce(
    rd_kafka_t *kafka, rd_kafka_topic_t *topic, const void *key, size_t keyLength, const void *value, size_t valueLength,
    rd_kafka_headers_t *headers) {
  return rd_kafka_producev(
      kafka, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY((void *)key, keyLength),
      RD_KAFKA_V_VALUE((void *)value, valueLength), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
}
