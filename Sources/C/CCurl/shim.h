#include <curl/curl.h>
#include <string.h>

// curl_easy_setopt and curl_easy_getinfo take any number of arguments, which Swift does not call.

static inline CURLcode holdfast_curl_set_text(CURL *handle, CURLoption option, const char *text) {
    return curl_easy_setopt(handle, option, text);
}

static inline CURLcode holdfast_curl_set_number(CURL *handle, CURLoption option, long number) {
    return curl_easy_setopt(handle, option, number);
}

static inline long holdfast_curl_response_code(CURL *handle) {
    long code = 0;
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code) == CURLE_OK ? code : 0;
}

struct holdfast_curl_source {
    const unsigned char *next;
    size_t left;
};

static inline size_t holdfast_curl_read(char *to, size_t size, size_t count, void *from) {
    struct holdfast_curl_source *source = from;
    size_t length = size * count < source->left ? size * count : source->left;
    memcpy(to, source->next, length);
    source->next += length;
    source->left -= length;
    return length;
}

// Sends one mail to one reader by the server that the handle is set up for. `error` has room for CURL_ERROR_SIZE bytes; `left` says
// how much of the message was not handed to libcurl.
static inline CURLcode holdfast_curl_send_mail(
    CURL *handle, const char *from, const char *to, const unsigned char *message, size_t length, char *error,
    size_t *left) {
    struct holdfast_curl_source source = {message, length};
    struct curl_slist *readers = curl_slist_append(NULL, to);
    if (readers == NULL) return CURLE_OUT_OF_MEMORY;
    error[0] = 0;
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, readers);
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, holdfast_curl_read);
    curl_easy_setopt(handle, CURLOPT_READDATA, &source);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)length);
    CURLcode result = curl_easy_perform(handle);
    *left = source.left;
    // None of it outlives the call.
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, NULL);
    curl_easy_setopt(handle, CURLOPT_READDATA, NULL);
    curl_slist_free_all(readers);
    return result;
}
