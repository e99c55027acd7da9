import eu.europa.esig.dss.asic.cades.ASiCWithCAdESSignatureParameters;
import eu.europa.esig.dss.asic.cades.signature.ASiCWithCAdESService;
import eu.europa.esig.dss.asic.xades.ASiCWithXAdESSignatureParameters;
import eu.europa.esig.dss.asic.xades.signature.ASiCWithXAdESService;
import eu.europa.esig.dss.cades.CAdESSignatureParameters;
import eu.europa.esig.dss.cades.signature.CAdESService;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.JWSSerializationType;
import eu.europa.esig.dss.enumerations.SigDMechanism;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.jades.JAdESSignatureParameters;
import eu.europa.esig.dss.jades.signature.JAdESService;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.service.tsp.OnlineTSPSource;
import eu.europa.esig.dss.signature.AbstractSignatureParameters;
import eu.europa.esig.dss.signature.DocumentSignatureService;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;

import java.io.File;
import java.security.KeyStore.PasswordProtection;
import java.util.List;

/** Arguments: key.p12, address of the time-stamping service, folder of roots, folder with a.pdf, a.xml, a.txt, folder for the results. */
public final class Sign {
    private static final String[] LEVELS = {"B", "T", "LT", "LTA"};
    private static Pkcs12SignatureToken token;
    private static DSSPrivateKeyEntry key;
    private static CommonCertificateVerifier verifier;
    private static OnlineTSPSource stamps;
    private static File out;

    public static void main(String[] arguments) throws Exception {
        token = new Pkcs12SignatureToken(arguments[0], new PasswordProtection("demo".toCharArray()));
        key = token.getKeys().get(0);
        stamps = new OnlineTSPSource(arguments[1]);
        CommonTrustedCertificateSource roots = new CommonTrustedCertificateSource();
        for (File root : new File(arguments[2]).listFiles()) {
            roots.addCertificate(DSSUtils.loadCertificate(root));
        }
        verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(roots);
        verifier.setOcspSource(new OnlineOCSPSource());
        verifier.setCrlSource(new OnlineCRLSource());
        File in = new File(arguments[3]);
        out = new File(arguments[4]);
        DSSDocument pdf = new FileDocument(new File(in, "a.pdf"));
        DSSDocument xml = new FileDocument(new File(in, "a.xml"));
        DSSDocument text = new FileDocument(new File(in, "a.txt"));
        for (String level : LEVELS) {
            PAdESSignatureParameters pades = new PAdESSignatureParameters();
            pades.setSignatureLevel(SignatureLevel.valueOf("PAdES_BASELINE_" + level));
            pades.setContentSize(4 * 9472);
            sign("pades", level, "pdf", pdf, pades, with(new PAdESService(verifier)));
            for (SignaturePackaging packaging : new SignaturePackaging[] {SignaturePackaging.ENVELOPED,
                    SignaturePackaging.ENVELOPING, SignaturePackaging.DETACHED, SignaturePackaging.INTERNALLY_DETACHED}) {
                XAdESSignatureParameters xades = new XAdESSignatureParameters();
                xades.setSignatureLevel(SignatureLevel.valueOf("XAdES_BASELINE_" + level));
                xades.setSignaturePackaging(packaging);
                sign("xades-" + name(packaging), level, "xml", xml, xades, with(new XAdESService(verifier)));
            }
            for (SignaturePackaging packaging : new SignaturePackaging[] {SignaturePackaging.ENVELOPING, SignaturePackaging.DETACHED}) {
                CAdESSignatureParameters cades = new CAdESSignatureParameters();
                cades.setSignatureLevel(SignatureLevel.valueOf("CAdES_BASELINE_" + level));
                cades.setSignaturePackaging(packaging);
                sign("cades-" + name(packaging), level, packaging == SignaturePackaging.DETACHED ? "p7s" : "p7m", text, cades,
                        with(new CAdESService(verifier)));
                for (JWSSerializationType form : JWSSerializationType.values()) {
                    if (form == JWSSerializationType.COMPACT_SERIALIZATION && !level.equals("B")) {
                        continue;
                    }
                    JAdESSignatureParameters jades = new JAdESSignatureParameters();
                    jades.setSignatureLevel(SignatureLevel.valueOf("JAdES_BASELINE_" + level));
                    jades.setSignaturePackaging(packaging);
                    jades.setJwsSerializationType(form);
                    if (packaging == SignaturePackaging.DETACHED) {
                        jades.setSigDMechanism(SigDMechanism.OBJECT_ID_BY_URI_HASH);
                    }
                    String kind = form.name().toLowerCase().split("_")[0];
                    sign("jades-" + kind + "-" + name(packaging), level, "json", text, jades, with(new JAdESService(verifier)));
                }
            }
            for (ASiCContainerType type : new ASiCContainerType[] {ASiCContainerType.ASiC_S, ASiCContainerType.ASiC_E}) {
                String suffix = type == ASiCContainerType.ASiC_S ? "asics" : "asice";
                ASiCWithXAdESSignatureParameters xades = new ASiCWithXAdESSignatureParameters();
                xades.setSignatureLevel(SignatureLevel.valueOf("XAdES_BASELINE_" + level));
                xades.aSiC().setContainerType(type);
                sign("asic-xades", level, suffix, text, xades, with(new ASiCWithXAdESService(verifier)));
                ASiCWithCAdESSignatureParameters cades = new ASiCWithCAdESSignatureParameters();
                cades.setSignatureLevel(SignatureLevel.valueOf("CAdES_BASELINE_" + level));
                cades.aSiC().setContainerType(type);
                sign("asic-cades", level, suffix, text, cades, with(new ASiCWithCAdESService(verifier)));
            }
        }
    }

    private static String name(SignaturePackaging packaging) {
        return packaging.name().toLowerCase().replace('_', '-');
    }

    private static <S extends DocumentSignatureService<?, ?>> S with(S service) {
        service.setTspSource(stamps);
        return service;
    }

    private static <P extends AbstractSignatureParameters<?>> void sign(
            String form, String level, String suffix, DSSDocument document, P parameters, DocumentSignatureService<P, ?> service) {
        String name = form + "-" + level + "." + suffix;
        try {
            parameters.setSigningCertificate(key.getCertificate());
            parameters.setCertificateChain(List.of(key.getCertificateChain()));
            parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
            var value = token.sign(service.getDataToSign(document, parameters), parameters.getDigestAlgorithm(), key);
            service.signDocument(document, parameters, value).save(new File(out, name).getPath());
        } catch (Exception | Error error) {
            System.out.println(name + ": " + error);
        }
    }
}
