// The parts of OpenSSL's libcrypto (3.0 or later) that Rhizome uses.
#ifndef COPENSSL_SHIM_H
#define COPENSSL_SHIM_H
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
// After pem.h, or it does not declare its PEM forms.
#include <openssl/cms.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
// EVP_CTRL_* are plain macros, but the cast macros around them do not import.
static inline int COpenSSL_gcm_set_tag(EVP_CIPHER_CTX *context, int length, void *tag) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, length, tag);
}
static inline int COpenSSL_gcm_get_tag(EVP_CIPHER_CTX *context, int length, void *tag) {
  return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, length, tag);
}
// EVP_RSA_gen, BIO_get_mem_data and the stack functions are macros or need casts that do not import.
static inline EVP_PKEY *COpenSSL_make_rsa_key(unsigned int bits) { return EVP_RSA_gen(bits); }
static inline long COpenSSL_memory(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }
static inline CMS_ContentInfo *COpenSSL_cms_encrypt(X509 *recipient, BIO *plaintext) {
  STACK_OF(X509) *recipients = sk_X509_new_null();
  if (recipients == NULL) return NULL;
  CMS_ContentInfo *envelope = NULL;
  if (sk_X509_push(recipients, recipient) > 0) {
    envelope = CMS_encrypt(recipients, plaintext, EVP_aes_256_cbc(), CMS_BINARY);
  }
  sk_X509_free(recipients);
  return envelope;
}
#endif
