"""How much a value would take to guess, in bits: words take few, random characters many.

Runs of letters are judged by how likely each letter is after the two before it. The table was counted over the words of 5,000 open-source
files in Python and English; it holds one of four levels for each three letters, two bits each, from "aaa" to "zzz".
"""


from gates.core.patterns import lazy

_LEVELS = (2.0, 3.5, 5.5, 6.5)  # bits of a letter: often, sometimes, seldom, hardly ever seen after these two
_PIECES = lazy(rb"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9]+")  # takes camelCase apart
_YEAR = lazy(rb"(?:19|20)[0-9]{2}")
_HEXADECIMAL = lazy(rb"[0-9a-f-]+|[0-9A-F-]+")
_JOINERS = b"-_./: \\,"
_COUNTS = b"01234567890 98765432109 00000000 11111111 22222222 33333333 44444444 55555555 66666666 77777777 88888888 99999999"

_TABLE = (
    b"c-n1OU2GfIm44bjbWsG@0x^(u>&IYiqy`o!cGJ}2TZ2up6$;l8BEcrm>{>MqnP>`&vBlv4E!v=TBLeY8T9cJnD-ER?tvzU5iI%A0JQYG@hy%pya7CJPkf=6e"
    b"G30H-P-AlD-qUl3ls74QL1-w>{W(A1`ObHL(6KOY8S~H<O@#O~`xe4av-RQ{JK0IBlr8o|%Pa08zsL8=0#ebA;-Q71KaU`k0ewWi(KM=}<&+kBJ8a!ICm6zq"
    b"wS>6ObQ)jMD^A&aw}ZMK(bG%myEW}n2U_vwjbY(zZz6wyQBb|7EwD?-ku9}OeUw3#-f9=;*aK79u@SO1C@giEop)crr(b5Sg6ygFP_~NU85_BW6On{_0#85d"
    b"sGQ+8ne-Dhl4)H}>zZ?H_bB2YEDO6BS<)i9Ua<i=V_ohKqh%jPZv#<5wK9Izws2KJ&^3KQ*S2ihx`AQ8m<@>%z~Ybqqa5EqgxO?L&yi<KdVeJ83$J19sAuTO"
    b"+>xBVjG@UxV)!JM6M$DA6@l^WcdE;Zz{q-Haubcw?fO~`ecwmm_H8gsh8H`DGb3owt~pKTA1lk579EPdgU7k?G>B5x!+6_OQT<K52Nt?F@7f$`_)xMvzX9_X"
    b"&B#at!1l}<^Dtqaz*Lxl+o26OWaZX07TyC(UG$8kPG0J{mbH2a=U#5ju2tBrGpcPcn6cgG1RHhL*p))~rRn@yh0YMgIszqvqdWHiKYGElqfzAB^yd50hE&Pr"
    b"2tMD)wy;#5$KFG<_pFuiZJW9L+bFP&s?BW~_@Yr$5;u-IwdyV=YSoe$x==@Z%a+@4mD`lLh)&k&&i>F%q%<x_vyWnUWyDMAP`FqEVa~x(ZX~z8?hYR5ot_-A"
    b"s;5f@^Dg?I__exBmgftc+EhQ9a>;5mKf(Bh$*KsigWK&w$LC=X>~0IiHFWF63yY5c8t(CZW)ZTDN7;F2?9%TUm^}J~$X@+mdGc;6+%)rqcmhQa@!`dZ^lXpq"
    b"RI%O0+53snY8C7<`c+JN6Z@HN_$2cPi6<|pRb~yJ1h3c>SG(5!D~9oR;E68Q;sVQViXa-v>97-O=T##o0i}I8NYj=~eU))xIw6rNV_B&oL$%yCZ5Q#lgGc()"
    b"D55^Y?1p*%`Qm)4%qIC9!%%w+zuSjqMAP(N&{LE1(ey2bh8DcpLuKU|VRPUefYU19o)TdPIOnLM_27^dMskSq<ttdn>%d&m#?hYj{+KJV6YMSVPsP;oTj2Xe"
    b"Hib6WK!9BpiP;l9n>E`O2>r34kEqPL%J@H;EW6uPX$_Az7crF%w$siA)f5S;iYz31X9xybPG3ajUD}OoiE~t*R|#~{^ALLu#VL{KT(PoxI;Z_ox=K~6r{9#@"
    b"q(4w!9rKKSjjEriv>2<l*K3lYd>f>p9(OQ`iMOuQ>@dVGAO>gZl~NGVnt44Ma>MfvGgil0ePH}fmgd0Fp!W5^I9FI97*v+-Lg>?TXr<xpsS@+e8jK0J?G!BH"
    b"H&or%%j~pW5c?pW<+}}Tkb6|=81o6k<bp<)iVYu_$2P$g`;7bkH<(~E_XNHpYoqN6$Tsq;A2L}eJs;kKWwYCwyLkQlVF9I0PuvG4(5FCAtOcSrs!?F{X(zM("
    b"zPA)ax6*%;VeH4{#lUL$vvfNh(a(@asde-U2mX9vxC~;$XdDSvq;p3O7Hjemk<m!zC@yZ|6SvN<C*^Nxy+5fB7qzN>&rS5VPO6~(?sa)i|J{rFQ=dQU$ibKV"
    b"<zjvuE9H(Wy9`GvzFKtHQe0Gfmir3xarlnHa15>3osL9^Su0vy_0=#M{}7S3X=i^c-A)mc3y?8L>lI)`nJC;^Y`h~`XT!rj?p~Dige<Bk$Eb}ET#gIkS@WA2"
    b"M){G3#?gfO|3@d1&ZP$ql$lsPBnVh;oZ<CL(Nf(vUd%>{CZ5`}IwMo?)|RJu+~i_7PhFE}ljBT<y&Lw*r^vH=sPg|p8|S43P5U0_mkFazkyBUs1K{jz#U6dX"
    b"VBTm209@+X4b}m?6hAu_LAZSzi(NKx&srOy0D**uPfY5Pp}8cb$82m&es^!NA8UY#*fT2IvR&T7U(YD>fVKOTJip&ap!MMh!wYtM3Q(u8y{V^PqSJDbEK@&y"
    b"+FI-<Gt|LYn6az&<fT1XOb+9YQ~@3D81_CI=~S1iH<bsdM<|I}<zC?F*c&{m?mNW97ix^?Y2`2u`VW253w;FWxh5E2&k)DUWatGJx;5^B1@5CA;Bf_FVt(4L"
    b"uRX-mtwen!LnwFS6%@V#m-~&y!}%Uw`+A`)|EUqznfVlJ(V;%tL{DK=$igu9*g3Db`qc`-C8J~-6fKqTkg8(W#n#%!`49)Y>L!}3$rJIgYHxvO7SUHY^)O>J"
    b"t>+f>IaKZ)1K13D)=@M>OoZXE%Qbe-oQ5!Gw+UYkvs_&LSqwwq@%>hJ$1J~1oyk_o&@fu<40_T~2iJTPp$W6l=BG%Mn9q`WdZ}3uzsGZpCnm>{m8y-^4<RVv"
    b"rM(ZFx%EG@)`q!!xCocag>Hu}GwUaZf~u#{^_6xO2?%VR$la&TkFqnl$TF<xew8@@HARJuWwlgb!()U4(ffB{xmS>t?L`G#s<TsfXuXYVf_zb59k&KN3fsgT"
    b"Oupg3{*SM~tf1v?N5)VY`B@8YgA``{lGw8YY1n$rym6k>D{HL=E>rV|Fcq+drcC(dGB@5y_xbwL`J;`4%39D4*kh@$vE-ivhFJO=<dl?{S@^3Tdo^1+Lv%ul"
    b"Y|yfZx{n0->QB}pgWVQ%asfiV?2Ysr2{Q_2V9qs7f^<RuTO-p@E}UzWTDBE;D$RdYoMq0Y?Pb#!rydk1M?Khqyjj6L-_%px5>*Mmi*M~%Ka6@Ad3aJ^|5y>1"
    b"o0XZY*KOMW!+jt%SaBrN%`~R|bL1^(*2~|P;SCW-KnX10fo9y#5|pPmy<!b6KTP~Mi>W@X`{o97)j_gao^mYQ7_{oea$;p9=Wyn}2H-0u+!Wc<)9-MBr-i!u"
    b"B(myl?^YQypT#eY2%F?2vDlf4bvIm?C5rozt`{HOVqvjewb%I`d~9w&w2-Pgjcx<M3w82TfK^I8HoPG$`}VJx*ImZut@ymvw5#A9Z?gCI5*JB9{%=<;^l(Gl"
    b"01u5bvX9P?cYjJ9km@W<>_3Cq<yKp%W%)5{p0(zQtFC+a4Q8#}QJH5iU!<yUakxnh9UAc_Iz8*>hHC`OsE0q}R9$e}MpM{6PlV42`+H34_~l0S<lDk-wA|+^"
    b"JQ5&j%OMp2%!!-fZxK;|H;J&;6O&RnQ~vkSobah2XoPuNMWKdBf{j49!*PX$_Ng@Q-<Zk&kvU3@J&!QG-RqJz=~=rk@aU81;U4m@n9VF-?!zxCLhcBOk^tEn"
    b"Jr=aBGRu>$+J98M2*SAL==lzvMh9{0gI4=fd1sPyD{nZlsWl`Tw2lf$ZhAz6quLUc$y3SC7sbD&M+xFuP!W-SD=pxV`-+r5Dj|rZ|NIFzt0m<eDN633H0M9G"
    b"gQmL>Saym|pY^_=0+PwT_#xC%r(Xz80QNO+vXv!DJgW_+5kKnhX!<6{SO`en(m6B8L-K|&P<Mkv<e#O_w|c#R6ZsR~8|k#Zlup+|2mr&B1?r6#xZ>Rju2!<A"
    b"(@{^7kfF>`t8PR;4L@$k^ybZU&rTunjTVqX<-JOquL;ky9^7oEa{bkPJ<4osBF_D{6+PzNNY4<+)AH)|<^fYI4R}R*d_YV6$9MK{Bkz%@r{)CukA`4bgimgx"
    b"0Q_>#>fJ%Q_PKP^lZzKf$5Z6%nCV*g{~iw%S6_>jY+2}>4;e@TkmB|W-E%Sa3W-z6qZlaKrK_ZDwX_~i9FJ0CNwWIT8&v8_ER3nXU4iz}dlIFht!df;6E5iE"
    b"*7<91OIAjOt|sb`-M}pMEV?wlc0*mAEl`(mNpuJWe;orO9oS_xao3WDMjnHzLdE1;xWd(!!@~XqJ-&-mWay$#jS@{42Gi*FPGjCQi$~~My-RJCpfRfTwZGcG"
    b"+~Gm8$Um~fmpzN)zR_C$7jHTp<nT8Kj84p>hlI6wMHu}=$nir`Vsc&@Tk1bQ-fd|R3At*ZN(V{vJp6v0rLG=e?{kp*C;3SZRH_ysJ^pwse4(|-<I-~4i+=&n"
    b"Grd{"
)
_UNPACKED: list[bytes] = []  # filled once


def bits(value: bytes) -> float:
    """An estimate, never more than as many random characters of the same kinds would hold."""
    total = 0.0
    for piece in _PIECES.finditer(value):
        total += _piece(piece[0])
    return min(total, len(value) * (4.0 if _HEXADECIMAL.fullmatch(value) else 6.5))


def _piece(piece: bytes) -> float:
    if piece.isalpha():
        return _letters(piece.lower())
    if piece.isdigit():
        if _YEAR.fullmatch(piece):
            return 5.0
        return 3.3 if len(piece) > 2 and piece in _COUNTS else 3.3 * len(piece)
    return sum(1.0 if byte in _JOINERS else 5.0 for byte in set(piece))


def _letters(word: bytes) -> float:
    if len(word) < 3:
        return 5.0 * len(word)
    return 6.0 + sum(_LEVELS[_level(word, at)] for at in range(len(word) - 2))


def _level(word: bytes, at: int) -> int:
    index = ((word[at] - 97) * 26 + word[at + 1] - 97) * 26 + word[at + 2] - 97
    return _table()[index >> 2] >> 2 * (index & 3) & 3


def _table() -> bytes:
    if not _UNPACKED:
        import base64  # only where there is a value to judge
        import zlib

        _UNPACKED.append(zlib.decompress(base64.b85decode(_TABLE)))
    return _UNPACKED[0]
