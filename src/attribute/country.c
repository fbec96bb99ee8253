/* attribute/country.c - ISO 3166-1 alpha-2, and what else is written there. */
#include "attribute/country.h"

#include <stdlib.h>
#include <string.h>

/* Every assigned code, in order. XK is user-assigned in ISO 3166-1 and used
 * for Kosovo by registries, banks and the databases read here. */
static const char assigned[] = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZ"
                               "BABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZ"
                               "CACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZ"
                               "DEDJDKDMDODZ"
                               "ECEEEGEHERESET"
                               "FIFJFKFMFOFR"
                               "GAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGY"
                               "HKHMHNHRHTHU"
                               "IDIEILIMINIOIQIRISIT"
                               "JEJMJOJP"
                               "KEKGKHKIKMKNKPKRKWKYKZ"
                               "LALBLCLILKLRLSLTLULVLY"
                               "MAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZ"
                               "NANCNENFNGNINLNONPNRNUNZ"
                               "OM"
                               "PAPEPFPGPHPKPLPMPNPRPSPTPWPY"
                               "QA"
                               "RERORSRURW"
                               "SASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZ"
                               "TCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZ"
                               "UAUGUMUSUYUZ"
                               "VAVCVEVGVIVNVU"
                               "WFWS"
                               "XK"
                               "YEYT"
                               "ZAZMZW";

/* As MaxMind's old databases, Cloudflare and libloc write them. */
static const struct {
    char code[3];
    enum origin_flag flag;
} flags[] = {
    {"A1", ORIGIN_ANONYMOUS_PROXY}, {"A2", ORIGIN_SATELLITE}, {"A3", ORIGIN_ANYCAST},
    {"T1", ORIGIN_TOR_EXIT},        {"XD", ORIGIN_DROP_LIST},
};

static int order(const void *a, const void *b)
{
    return memcmp(a, b, 2);
}

enum attribute_code attribute_country_code(const char *code, enum origin_flag *ret_flag)
{
    if (strlen(code) != 2) {
        return CODE_NONE;
    }
    for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
        if (strcmp(code, flags[i].code) == 0) {
            *ret_flag = flags[i].flag;
            return CODE_FLAG;
        }
    }
    if (strcmp(code, "EU") == 0 || strcmp(code, "AP") == 0) {
        return CODE_REGION;
    }
    return bsearch(code, assigned, sizeof(assigned) / 2, 2, order) != NULL ? CODE_COUNTRY
                                                                           : CODE_NONE;
}
