"""A second reading of docs/registration.md: recomputes the vectors with other
libraries. By hand: pip install spake2==0.9 cryptography, then
python contract/pairing/tests/vectors.py contract/pairing/tests/vectors.txt
"""
import sys
import hmac,hashlib,spake2
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
v=dict(l.split() for l in open(sys.argv[1]))
v={k:bytes.fromhex(x) for k,x in v.items()}
pw=hashlib.sha256(b"stillwatch code v1"+b"483920"+b"10293847").digest()
assert pw==v['password']
L=2**252+27742317777372353535851937790883648493
def scalar(seed):
    s=b"".join(hmac.new(seed,i.to_bytes(8,'little'),hashlib.sha256).digest() for i in range(2))
    return int.from_bytes(s,'little')%L
def mk(cls,seed):
    o=cls(pw,idA=b"stillwatch sensor 483920",idB=b"stillwatch platform 483920")
    g=o.params.group; n=scalar(seed)
    old=g.random_scalar; g.__class__.random_scalar=lambda self,e,n=n:n
    m=o.start(); return o,m
a,ma=mk(spake2.SPAKE2_A,b"\x11"*32); b,mb=mk(spake2.SPAKE2_B,b"\x22"*32)
def var(n):
    o=b""
    while n>127: o+=bytes([n&127|128]); n>>=7
    return o+bytes([n])
def env(kind,body): return b"SW"+(1).to_bytes(2,'little')+kind.to_bytes(2,'little')+body
start=env(1,var(483920)+var(33)+ma); assert start==v['start'],(start.hex(),v['start'].hex())
X=b"\x33"*16
sr=env(2,X+var(33)+mb); assert sr==v['start-reply']
K=a.finish(mb); assert K==b.finish(ma)
th=hashlib.sha256(b"stillwatch registration v1"+b"".join(len(m).to_bytes(4,'big')+m for m in (start,sr))).digest()
prk=hmac.new(th,K,hashlib.sha256).digest()
d=lambda u,r: hmac.new(prk,b"stillwatch registration v1 "+u+b" "+r+b"\x01",hashlib.sha256).digest()
proof=lambda r: hmac.new(d(b"proof",r),th,hashlib.sha256).digest()
assert env(3,X+proof(b"sensor"))==v['confirm']
def opn(role,n,ct): return ChaCha20Poly1305(d(b"seal",role)).decrypt(n.to_bytes(12,'big'),ct,b"stillwatch sealed v1"+X+role)
cr=v['confirm-reply']; body=cr[6:]; assert body[:32]==proof(b"platform")
print(opn(b"platform",0,body[33+ (1 if body[32]>127 else 0):]))
rq=v['request'][6:]; print(opn(b"sensor",0,rq[17:]))
print("all agree")
