/*
 * Keys for tests, made by openssl(1) for nothing else; the Ed25519 one is that of RFC 8463,
 * A.2.
 */
#ifndef CRIER_TESTS_KEYS_H
#define CRIER_TESTS_KEYS_H

#include <glib.h>

G_GNUC_UNUSED static const char key_rsa_pkcs1[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXgIBAAKBgQCmuqpbL42DRguqse5Z9ZmfjYdrz/gBHBckHeFn4RC5nCCVN6nZ\n"
    "nTbwosL7N9EJacTVP2jEDUCtmxaH57hWBYLC5eDSqsFZCDQjVwTFsC39MZDvCL51\n"
    "0wh+hlkN9S0EYYrsPseBIhilpz+lsPdlW1eLKC+xhktOf0Q27CrldfzvyQIDAQAB\n"
    "AoGBAJOEOvAc/cc1NWNctLfRbo/VyAii5BoPQYZKDcI8RvECa22650PMLuzwBTYC\n"
    "p6f9dhL7XHWCCETSIDg01Er/6zWZmlab6FK22LHtnmIQY3Y5EEGvWyPNWTO1R0F6\n"
    "rL1fua8u91ZfkIDSTg94zak/bmrVLTUaz3NuCGbtppWBxsGBAkEA3EKFbeDACEY0\n"
    "CW2MGKzfFSfIXiurveO4gCzbP+LilXCiOyfBpY5CDTpS/4bJ++vhyQq7jZtMk0J7\n"
    "v+mSONYTeQJBAMHIge7x+NsllOSF0XrV+7P8kRuQywr6/qgie1xSwRGDmDRGOG8e\n"
    "plNNigIpdcQS3ybakWPrX8N8uz0mHF0y2tECQQCrhHmW2L9xMgnvlYjU5jlJphMX\n"
    "kfZJBn10AnoxQ6KiMHWEjy7yltbEqjhbl0DOlh7aiSsH2HlG6yymg2JENCAxAkBx\n"
    "u3yHAP1NoYEBnoiTz4Mq39FKnHCOwUE07Qf555fo75MlGxGEJjj4K0oUesDjky/l\n"
    "XeJ3Am3yDgLWoMeE65QBAkEAo8jJ/VBKbvBLy0fkaWz+JwH68ovC5aoN5mf1sbZh\n"
    "UJc4EbSxd6GLAHbG08tqGpHTTQ98dWCU3ZZLjI9WZBbv0g==\n"
    "-----END RSA PRIVATE KEY-----\n";
G_GNUC_UNUSED static const char key_rsa_pkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBAKa6qlsvjYNGC6qx\n"
    "7ln1mZ+Nh2vP+AEcFyQd4WfhELmcIJU3qdmdNvCiwvs30QlpxNU/aMQNQK2bFofn\n"
    "uFYFgsLl4NKqwVkINCNXBMWwLf0xkO8IvnXTCH6GWQ31LQRhiuw+x4EiGKWnP6Ww\n"
    "92VbV4soL7GGS05/RDbsKuV1/O/JAgMBAAECgYEAk4Q68Bz9xzU1Y1y0t9Fuj9XI\n"
    "CKLkGg9BhkoNwjxG8QJrbbrnQ8wu7PAFNgKnp/12EvtcdYIIRNIgODTUSv/rNZma\n"
    "VpvoUrbYse2eYhBjdjkQQa9bI81ZM7VHQXqsvV+5ry73Vl+QgNJOD3jNqT9uatUt\n"
    "NRrPc24IZu2mlYHGwYECQQDcQoVt4MAIRjQJbYwYrN8VJ8heK6u947iALNs/4uKV\n"
    "cKI7J8GljkINOlL/hsn76+HJCruNm0yTQnu/6ZI41hN5AkEAwciB7vH42yWU5IXR\n"
    "etX7s/yRG5DLCvr+qCJ7XFLBEYOYNEY4bx6mU02KAil1xBLfJtqRY+tfw3y7PSYc\n"
    "XTLa0QJBAKuEeZbYv3EyCe+ViNTmOUmmExeR9kkGfXQCejFDoqIwdYSPLvKW1sSq\n"
    "OFuXQM6WHtqJKwfYeUbrLKaDYkQ0IDECQHG7fIcA/U2hgQGeiJPPgyrf0UqccI7B\n"
    "QTTtB/nnl+jvkyUbEYQmOPgrShR6wOOTL+Vd4ncCbfIOAtagx4TrlAECQQCjyMn9\n"
    "UEpu8EvLR+RpbP4nAfryi8Llqg3mZ/WxtmFQlzgRtLF3oYsAdsbTy2oakdNND3x1\n"
    "YJTdlkuMj1ZkFu/S\n"
    "-----END PRIVATE KEY-----\n";
G_GNUC_UNUSED static const char key_rsa_public[] =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCmuqpbL42DRguqse5Z9ZmfjYdrz/gBHBckHeFn"
    "4RC5nCCVN6nZnTbwosL7N9EJacTVP2jEDUCtmxaH57hWBYLC5eDSqsFZCDQjVwTFsC39MZDvCL51"
    "0wh+hlkN9S0EYYrsPseBIhilpz+lsPdlW1eLKC+xhktOf0Q27CrldfzvyQIDAQAB";
/* What openssl dgst -sha256 -sign makes of "abc" with it. */
G_GNUC_UNUSED static const char key_rsa_signature_of_abc[] =
    "VQOvJEcuDOcVkpUiJMF5B/LQ5ylYhjKHfHH0IkikFKJd615RjrBs0oxtEcPBAQOg3fY18G1Xl+xi"
    "6wTKYJIASxCIn7FSQjjgVg4+3+eORNNFlGaSATNbYIQmWH8obhF07iKIibnozXiVq2RLCK1eCNHZ"
    "bhbc876OUda23YVdmHc=";
G_GNUC_UNUSED static const char key_ed25519[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
G_GNUC_UNUSED static const char key_ed25519_public[] =
    "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
G_GNUC_UNUSED static const char key_ed25519_locked[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAh/eF/jUXrgWwICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEENDJqAvjbwZPizNtmLwJf6QEQG6U\n"
    "PVhkPs9ZWSyLsT0Bglbi3RksMvSmyYdWiK0zgPO9myXx4G887dMnH1OcAQA1KK5S\n"
    "k9zkWK4iWofRRuKN1KE=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";
G_GNUC_UNUSED static const char key_p256[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzZtPbDJqCQIaYN/S\n"
    "lbWr5oUf1WEUpS2xupeh33i4RY+hRANCAATHx6L5flrkaHO3XfBJjl/cOoIoYSS/\n"
    "ry6sAGHE9LxgZhHjZQcIPw/Da0q8R1LOqDec13OC2q1kjsTjrYr8fqoB\n"
    "-----END PRIVATE KEY-----\n";
G_GNUC_UNUSED static const char key_rsa_768[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIB5QIBADANBgkqhkiG9w0BAQEFAASCAc8wggHLAgEAAmEAqL0AV1JJAOJGLSl0\n"
    "kHEqAM2t3EVuouUACjXfYxAVKs0bMmA2dgACso7EjHfxCHQzJHYG4XnhGwIbkksm\n"
    "RcPF+7XIrzv0BklzKuklZlhGks86fCD6ihlpsrDBV6qqZEkZAgMBAAECYEe4jfyP\n"
    "rRgDFXD8vd7nOsM8qTmHCY+TZoDwhRLGMzkOFRFEc+GT/5GFvWU3VewR9zo3JVZ3\n"
    "xBpJGLj1optVspfBKr12r0jDANpqoFDS3aOv3yY4m0EAp+PPbKGFVB2JAQIxANXN\n"
    "uhE1QNNpA/EBBPEkTZv7+MzssxKTlls4+SxyZbDkKYPAB2tQCvXCLWM/5DVIDQIx\n"
    "AMoKYZGB/hLV8KUgtIK3wE0EVuGPsB7rccnZGUywqdQegUEX2zYOi4t1aU3M8kUW\n"
    "PQIxAKHy5WAngGUjBNNHPGEUaJ0g7cL8AGCv3pJWw5eBR7oH+dJMYNJOnR6u6QZm\n"
    "3Qvm+QIwFtjTrbOoepLM0q9/GiUTTuJFvN4VyXlQdcXiEYUMv1rvvN+ov1UnvI57\n"
    "aPvbDar1AjEAn9XHSeOfz2Nz3j82oPjEp+B+Qe4fFV5zpSCnSLc+od4DIT5ykFVS\n"
    "dwFf1bP9cXUR\n"
    "-----END PRIVATE KEY-----\n";

#endif
