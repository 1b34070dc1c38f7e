namespace Klaviyo;

// The countries of ISO 3166-1 (and XK): alpha-2, alpha-3, calling code, English name and other names in use. Written by hand.
// "-" where a country has no calling code of its own or its numbers are told apart in PhoneCountries.
internal static class CountryTable
{
    internal const string Rows = """
        AD AND 376 Andorra
        AE ARE 971 United Arab Emirates;UAE
        AF AFG 93 Afghanistan
        AG ATG - Antigua and Barbuda
        AI AIA - Anguilla
        AL ALB 355 Albania
        AM ARM 374 Armenia
        AO AGO 244 Angola
        AQ ATA - Antarctica
        AR ARG 54 Argentina
        AS ASM - American Samoa
        AT AUT 43 Austria;Österreich
        AU AUS 61 Australia
        AW ABW 297 Aruba
        AX ALA - Åland Islands;Aland Islands;Åland
        AZ AZE 994 Azerbaijan
        BA BIH 387 Bosnia and Herzegovina
        BB BRB - Barbados
        BD BGD 880 Bangladesh
        BE BEL 32 Belgium;België;Belgique
        BF BFA 226 Burkina Faso
        BG BGR 359 Bulgaria
        BH BHR 973 Bahrain
        BI BDI 257 Burundi
        BJ BEN 229 Benin
        BL BLM - Saint Barthélemy
        BM BMU - Bermuda
        BN BRN 673 Brunei;Brunei Darussalam
        BO BOL 591 Bolivia
        BQ BES - Bonaire, Sint Eustatius and Saba;Caribbean Netherlands
        BR BRA 55 Brazil;Brasil
        BS BHS - Bahamas;The Bahamas
        BT BTN 975 Bhutan
        BV BVT - Bouvet Island
        BW BWA 267 Botswana
        BY BLR 375 Belarus
        BZ BLZ 501 Belize
        CA CAN - Canada
        CC CCK - Cocos (Keeling) Islands
        CD COD 243 Democratic Republic of the Congo;Congo, Democratic Republic of the
        CF CAF 236 Central African Republic
        CG COG 242 Congo;Republic of the Congo
        CH CHE 41 Switzerland;Schweiz;Suisse
        CI CIV 225 Côte d'Ivoire;Ivory Coast
        CK COK 682 Cook Islands
        CL CHL 56 Chile
        CM CMR 237 Cameroon
        CN CHN 86 China
        CO COL 57 Colombia
        CR CRI 506 Costa Rica
        CU CUB 53 Cuba
        CV CPV 238 Cabo Verde;Cape Verde
        CW CUW - Curaçao;Curacao
        CX CXR - Christmas Island
        CY CYP 357 Cyprus
        CZ CZE 420 Czechia;Czech Republic
        DE DEU 49 Germany;Deutschland
        DJ DJI 253 Djibouti
        DK DNK 45 Denmark;Danmark
        DM DMA - Dominica
        DO DOM - Dominican Republic
        DZ DZA 213 Algeria
        EC ECU 593 Ecuador
        EE EST 372 Estonia
        EG EGY 20 Egypt
        EH ESH - Western Sahara
        ER ERI 291 Eritrea
        ES ESP 34 Spain;España
        ET ETH 251 Ethiopia
        FI FIN 358 Finland;Suomi
        FJ FJI 679 Fiji
        FK FLK 500 Falkland Islands
        FM FSM 691 Micronesia
        FO FRO 298 Faroe Islands
        FR FRA 33 France
        GA GAB 241 Gabon
        GB GBR 44 United Kingdom;Great Britain;UK;England;Scotland;Wales;Northern Ireland
        GD GRD - Grenada
        GE GEO 995 Georgia
        GF GUF 594 French Guiana
        GG GGY - Guernsey
        GH GHA 233 Ghana
        GI GIB 350 Gibraltar
        GL GRL 299 Greenland
        GM GMB 220 Gambia;The Gambia
        GN GIN 224 Guinea
        GP GLP - Guadeloupe
        GQ GNQ 240 Equatorial Guinea
        GR GRC 30 Greece
        GS SGS - South Georgia and the South Sandwich Islands
        GT GTM 502 Guatemala
        GU GUM - Guam
        GW GNB 245 Guinea-Bissau
        GY GUY 592 Guyana
        HK HKG 852 Hong Kong
        HM HMD - Heard Island and McDonald Islands
        HN HND 504 Honduras
        HR HRV 385 Croatia;Hrvatska
        HT HTI 509 Haiti
        HU HUN 36 Hungary
        ID IDN 62 Indonesia
        IE IRL 353 Ireland;Republic of Ireland
        IL ISR 972 Israel
        IM IMN - Isle of Man
        IN IND 91 India
        IO IOT 246 British Indian Ocean Territory
        IQ IRQ 964 Iraq
        IR IRN 98 Iran
        IS ISL 354 Iceland
        IT ITA 39 Italy;Italia
        JE JEY - Jersey
        JM JAM - Jamaica
        JO JOR 962 Jordan
        JP JPN 81 Japan
        KE KEN 254 Kenya
        KG KGZ 996 Kyrgyzstan
        KH KHM 855 Cambodia
        KI KIR 686 Kiribati
        KM COM 269 Comoros
        KN KNA - Saint Kitts and Nevis
        KP PRK 850 North Korea
        KR KOR 82 South Korea;Korea;Republic of Korea
        KW KWT 965 Kuwait
        KY CYM - Cayman Islands
        KZ KAZ - Kazakhstan
        LA LAO 856 Laos
        LB LBN 961 Lebanon
        LC LCA - Saint Lucia
        LI LIE 423 Liechtenstein
        LK LKA 94 Sri Lanka
        LR LBR 231 Liberia
        LS LSO 266 Lesotho
        LT LTU 370 Lithuania
        LU LUX 352 Luxembourg
        LV LVA 371 Latvia
        LY LBY 218 Libya
        MA MAR 212 Morocco
        MC MCO 377 Monaco
        MD MDA 373 Moldova
        ME MNE 382 Montenegro
        MF MAF - Saint Martin
        MG MDG 261 Madagascar
        MH MHL 692 Marshall Islands
        MK MKD 389 North Macedonia
        ML MLI 223 Mali
        MM MMR 95 Myanmar
        MN MNG 976 Mongolia
        MO MAC 853 Macao;Macau
        MP MNP - Northern Mariana Islands
        MQ MTQ 596 Martinique
        MR MRT 222 Mauritania
        MS MSR - Montserrat
        MT MLT 356 Malta
        MU MUS 230 Mauritius
        MV MDV 960 Maldives
        MW MWI 265 Malawi
        MX MEX 52 Mexico;México
        MY MYS 60 Malaysia
        MZ MOZ 258 Mozambique
        NA NAM 264 Namibia
        NC NCL 687 New Caledonia
        NE NER 227 Niger
        NF NFK - Norfolk Island
        NG NGA 234 Nigeria
        NI NIC 505 Nicaragua
        NL NLD 31 Netherlands;The Netherlands;Nederland;Holland
        NO NOR 47 Norway;Norge
        NP NPL 977 Nepal
        NR NRU 674 Nauru
        NU NIU 683 Niue
        NZ NZL 64 New Zealand
        OM OMN 968 Oman
        PA PAN 507 Panama
        PE PER 51 Peru
        PF PYF 689 French Polynesia
        PG PNG 675 Papua New Guinea
        PH PHL 63 Philippines
        PK PAK 92 Pakistan
        PL POL 48 Poland;Polska
        PM SPM 508 Saint Pierre and Miquelon
        PN PCN - Pitcairn
        PR PRI - Puerto Rico
        PS PSE 970 Palestine
        PT PRT 351 Portugal
        PW PLW 680 Palau
        PY PRY 595 Paraguay
        QA QAT 974 Qatar
        RE REU - Réunion;Reunion
        RO ROU 40 Romania
        RS SRB 381 Serbia
        RU RUS 7 Russia;Russian Federation
        RW RWA 250 Rwanda
        SA SAU 966 Saudi Arabia
        SB SLB 677 Solomon Islands
        SC SYC 248 Seychelles
        SD SDN 249 Sudan
        SE SWE 46 Sweden;Sverige
        SG SGP 65 Singapore
        SH SHN 290 Saint Helena
        SI SVN 386 Slovenia
        SJ SJM - Svalbard and Jan Mayen
        SK SVK 421 Slovakia
        SL SLE 232 Sierra Leone
        SM SMR 378 San Marino
        SN SEN 221 Senegal
        SO SOM 252 Somalia
        SR SUR 597 Suriname
        SS SSD 211 South Sudan
        ST STP 239 Sao Tome and Principe
        SV SLV 503 El Salvador
        SX SXM - Sint Maarten
        SY SYR 963 Syria
        SZ SWZ 268 Eswatini;Swaziland
        TC TCA - Turks and Caicos Islands
        TD TCD 235 Chad
        TF ATF - French Southern Territories
        TG TGO 228 Togo
        TH THA 66 Thailand
        TJ TJK 992 Tajikistan
        TK TKL 690 Tokelau
        TL TLS 670 Timor-Leste;East Timor
        TM TKM 993 Turkmenistan
        TN TUN 216 Tunisia
        TO TON 676 Tonga
        TR TUR 90 Türkiye;Turkey
        TT TTO - Trinidad and Tobago
        TV TUV 688 Tuvalu
        TW TWN 886 Taiwan
        TZ TZA 255 Tanzania
        UA UKR 380 Ukraine
        UG UGA 256 Uganda
        UM UMI - United States Minor Outlying Islands
        US USA 1 United States;United States of America;America
        UY URY 598 Uruguay
        UZ UZB 998 Uzbekistan
        VA VAT 379 Vatican City;Holy See
        VC VCT - Saint Vincent and the Grenadines
        VE VEN 58 Venezuela
        VG VGB - British Virgin Islands
        VI VIR - United States Virgin Islands;U.S. Virgin Islands
        VN VNM 84 Vietnam;Viet Nam
        VU VUT 678 Vanuatu
        WF WLF 681 Wallis and Futuna
        WS WSM 685 Samoa
        XK XKX 383 Kosovo
        YE YEM 967 Yemen
        YT MYT - Mayotte
        ZA ZAF 27 South Africa
        ZM ZMB 260 Zambia
        ZW ZWE 263 Zimbabwe
        """;

    // Numbers that begin with a calling code which several countries share: the longest beginning decides.
    internal const string SharedNumbers = """
        1204 CA
        1226 CA
        1236 CA
        1242 BS
        1246 BB
        1249 CA
        1250 CA
        1257 CA
        1263 CA
        1264 AI
        1268 AG
        1284 VG
        1289 CA
        1306 CA
        1340 VI
        1343 CA
        1345 KY
        1354 CA
        1365 CA
        1367 CA
        1368 CA
        1382 CA
        1387 CA
        1403 CA
        1416 CA
        1418 CA
        1428 CA
        1431 CA
        1437 CA
        1438 CA
        1441 BM
        1450 CA
        1460 CA
        1468 CA
        1473 GD
        1474 CA
        1506 CA
        1514 CA
        1519 CA
        1548 CA
        1579 CA
        1581 CA
        1584 CA
        1587 CA
        1600 CA
        1604 CA
        1613 CA
        1622 CA
        1639 CA
        1647 CA
        1649 TC
        1658 JM
        1664 MS
        1670 MP
        1671 GU
        1672 CA
        1683 CA
        1684 AS
        1705 CA
        1709 CA
        1721 SX
        1742 CA
        1753 CA
        1758 LC
        1767 DM
        1778 CA
        1780 CA
        1782 CA
        1784 VC
        1787 PR
        1807 CA
        1809 DO
        1819 CA
        1825 CA
        1829 DO
        1849 DO
        1867 CA
        1868 TT
        1869 KN
        1873 CA
        1876 JM
        1879 CA
        1902 CA
        1905 CA
        1939 PR
        1942 CA
        2125288 EH
        2125289 EH
        262 RE
        262269 YT
        262639 YT
        247 SH
        35818 AX
        3906698 VA
        441481 GG
        447781 GG
        447839 GG
        447911 GG
        441534 JE
        447509 JE
        447797 JE
        447829 JE
        447937 JE
        441624 IM
        447524 IM
        447624 IM
        447924 IM
        4779 SJ
        500 FK GS
        590 GP BL MF
        599 BQ
        5999 CW
        6189162 CC
        6189164 CX
        6721 AQ
        6723 NF
        76 KZ
        77 KZ
        """;
}
