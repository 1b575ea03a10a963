// What Swift can't do with librabbitmq: call functions that take any number of arguments, and read its untyped messages.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <sys/time.h>

#define HOLDFAST_AMQP_CHANNEL 1
#define HOLDFAST_AMQP_HEADERS_MAX 16

/// What a server says about what was published, and what a call of it came to.
enum holdfast_amqp_kind {
  /// Nothing of interest.
  HOLDFAST_AMQP_OTHER,
  HOLDFAST_AMQP_CONFIRMED,
  /// The server could not keep a message.
  HOLDFAST_AMQP_REFUSED,
  /// No queue takes a message.
  HOLDFAST_AMQP_RETURNED,
  /// The server closes the channel or the connection.
  HOLDFAST_AMQP_CLOSED,
  /// The connection is broken, or the server did not answer in time; `code` is the library's.
  HOLDFAST_AMQP_BROKEN,
};

struct holdfast_amqp_news {
  enum holdfast_amqp_kind kind;
  /// The number of a message that is confirmed, with all before it if `multiple`.
  uint64_t tag;
  int multiple;
  int code;
  /// What the server says; valid until the library's buffers are released.
  amqp_bytes_t text;
};

static inline struct holdfast_amqp_news holdfast_amqp_method(amqp_method_t method) {
  struct holdfast_amqp_news news = {.kind = HOLDFAST_AMQP_OTHER};
  switch (method.id) {
    case AMQP_BASIC_ACK_METHOD: {
      const amqp_basic_ack_t *ack = (const amqp_basic_ack_t *)method.decoded;
      news.kind = HOLDFAST_AMQP_CONFIRMED;
      news.tag = ack->delivery_tag;
      news.multiple = ack->multiple;
      break;
    }
    case AMQP_BASIC_NACK_METHOD:
      news.kind = HOLDFAST_AMQP_REFUSED;
      break;
    case AMQP_BASIC_RETURN_METHOD: {
      const amqp_basic_return_t *returned = (const amqp_basic_return_t *)method.decoded;
      news.kind = HOLDFAST_AMQP_RETURNED;
      news.code = returned->reply_code;
      news.text = returned->reply_text;
      break;
    }
    case AMQP_CHANNEL_CLOSE_METHOD: {
      const amqp_channel_close_t *close = (const amqp_channel_close_t *)method.decoded;
      news.kind = HOLDFAST_AMQP_CLOSED;
      news.code = close->reply_code;
      news.text = close->reply_text;
      break;
    }
    case AMQP_CONNECTION_CLOSE_METHOD: {
      const amqp_connection_close_t *close = (const amqp_connection_close_t *)method.decoded;
      news.kind = HOLDFAST_AMQP_CLOSED;
      news.code = close->reply_code;
      news.text = close->reply_text;
      break;
    }
  }
  return news;
}

/// What a call came to; of the kind OTHER if it succeeded.
static inline struct holdfast_amqp_news holdfast_amqp_outcome(amqp_rpc_reply_t reply) {
  struct holdfast_amqp_news news = {.kind = HOLDFAST_AMQP_OTHER};
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return news;
  if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) {
    news = holdfast_amqp_method(reply.reply);
    if (news.kind != HOLDFAST_AMQP_OTHER) return news;
  }
  news.kind = HOLDFAST_AMQP_BROKEN;
  news.code = reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION ? reply.library_error : AMQP_STATUS_WRONG_METHOD;
  return news;
}

/// What the server says next within so many milliseconds; of the kind OTHER if nothing.
static inline struct holdfast_amqp_news holdfast_amqp_next(amqp_connection_state_t connection, int milliseconds) {
  struct timeval timeout = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
  amqp_frame_t frame;
  int status = amqp_simple_wait_frame_noblock(connection, &frame, &timeout);
  struct holdfast_amqp_news news = {.kind = HOLDFAST_AMQP_OTHER};
  if (status == AMQP_STATUS_OK && frame.frame_type == AMQP_FRAME_METHOD) return holdfast_amqp_method(frame.payload.method);
  if (status != AMQP_STATUS_OK && status != AMQP_STATUS_TIMEOUT) {
    news.kind = HOLDFAST_AMQP_BROKEN;
    news.code = status;
  }
  return news;
}

/// Logs in with a name and a password, on one channel and without heartbeats.
static inline struct holdfast_amqp_news holdfast_amqp_login(
    amqp_connection_state_t connection, const char *host, const char *user, const char *password) {
  return holdfast_amqp_outcome(amqp_login(
      connection, host, HOLDFAST_AMQP_CHANNEL, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN, user, password));
}

static inline struct holdfast_amqp_news holdfast_amqp_open(amqp_connection_state_t connection) {
  amqp_channel_open(connection, HOLDFAST_AMQP_CHANNEL);
  struct holdfast_amqp_news news = holdfast_amqp_outcome(amqp_get_rpc_reply(connection));
  if (news.kind != HOLDFAST_AMQP_OTHER) return news;
  amqp_confirm_select(connection, HOLDFAST_AMQP_CHANNEL);
  return holdfast_amqp_outcome(amqp_get_rpc_reply(connection));
}

/// Declares a durable queue of a type.
static inline struct holdfast_amqp_news holdfast_amqp_declare_queue(
    amqp_connection_state_t connection, const char *queue, const char *type) {
  amqp_table_entry_t argument = {.key = amqp_cstring_bytes("x-queue-type")};
  argument.value.kind = AMQP_FIELD_KIND_UTF8;
  argument.value.value.bytes = amqp_cstring_bytes(type);
  amqp_table_t arguments = {.num_entries = 1, .entries = &argument};
  amqp_queue_declare(connection, HOLDFAST_AMQP_CHANNEL, amqp_cstring_bytes(queue), 0, 1, 0, 0, arguments);
  return holdfast_amqp_outcome(amqp_get_rpc_reply(connection));
}

/// Makes sure that an exchange is there.
static inline struct holdfast_amqp_news holdfast_amqp_find_exchange(
    amqp_connection_state_t connection, const char *exchange) {
  amqp_exchange_declare(
      connection, HOLDFAST_AMQP_CHANNEL, amqp_cstring_bytes(exchange), amqp_empty_bytes, 1, 0, 0, 0, amqp_empty_table);
  return holdfast_amqp_outcome(amqp_get_rpc_reply(connection));
}

/// Publishes a lasting message that some queue has to take.
///
/// `headers` has names and values in turn, each with a NUL behind it. Returns the library's status.
static inline int holdfast_amqp_publish(
    amqp_connection_state_t connection, const char *exchange, const char *key, const char *content_type, const char *id,
    const char *type, const char *headers, size_t headers_length, const void *body, size_t length) {
  amqp_table_entry_t entries[HOLDFAST_AMQP_HEADERS_MAX];
  amqp_basic_properties_t properties = {
      ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG | AMQP_BASIC_HEADERS_FLAG,
      .content_type = amqp_cstring_bytes(content_type),
      .delivery_mode = AMQP_DELIVERY_PERSISTENT,
      .message_id = amqp_cstring_bytes(id),
      .type = amqp_cstring_bytes(type),
      .app_id = amqp_cstring_bytes("holdfast"),
      .headers = {.num_entries = 0, .entries = entries},
  };
  const char *end = headers + headers_length;
  while (headers < end && properties.headers.num_entries < HOLDFAST_AMQP_HEADERS_MAX) {
    amqp_table_entry_t *entry = &entries[properties.headers.num_entries++];
    entry->key = amqp_cstring_bytes(headers);
    headers += entry->key.len + 1;
    entry->value.kind = AMQP_FIELD_KIND_UTF8;
    entry->value.value.bytes = amqp_cstring_bytes(headers);
    headers += entry->value.value.bytes.len + 1;
  }
  amqp_bytes_t bytes = {.len = length, .bytes = (void *)body};
  return amqp_basic_publish(
      connection, HOLDFAST_AMQP_CHANNEL, amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), 1, 0, &properties, bytes);
}
