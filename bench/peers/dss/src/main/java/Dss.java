import eu.europa.esig.dss.enumerations.RevocationOrigin;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.spi.DSSRevocationUtils;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.OCSPSource;
import eu.europa.esig.dss.spi.x509.revocation.ocsp.OCSPToken;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.SingleResp;

/**
 * Validates files, one path a line on standard input, and answers each with a line: milliseconds, a tab, the indication
 * of each signature (comma between), a tab, the first sub-indication if any.
 *
 * <p>Arguments: a folder of trusted certificates (DER) and a folder of OCSP responses (DER). There is no network.
 */
public final class Dss {

    /** OCSP responses made before, by the serial number that they are about. */
    private static final class Responses implements OCSPSource {
        private static final long serialVersionUID = 1L;
        private final transient Map<BigInteger, BasicOCSPResp> known = new HashMap<>();

        Responses(List<Path> files) throws Exception {
            for (Path file : files) {
                BasicOCSPResp response = DSSRevocationUtils.loadOCSPFromBinaries(Files.readAllBytes(file));
                for (SingleResp single : response.getResponses()) {
                    known.put(single.getCertID().getSerialNumber(), response);
                }
            }
        }

        @Override
        public OCSPToken getRevocationToken(CertificateToken certificate, CertificateToken issuer) {
            BasicOCSPResp response = known.get(certificate.getSerialNumber());
            if (response == null) {
                return null;
            }
            SingleResp single = DSSRevocationUtils.getLatestSingleResponse(response, certificate, issuer);
            if (single == null) {
                return null;
            }
            OCSPToken token = new OCSPToken(response, single, certificate, issuer);
            token.setExternalOrigin(RevocationOrigin.EXTERNAL);
            return token;
        }
    }

    public static void main(String[] arguments) throws Exception {
        CommonTrustedCertificateSource roots = new CommonTrustedCertificateSource();
        for (Path file : files(arguments[0])) {
            roots.addCertificate(DSSUtils.loadCertificate(file.toFile()));
        }
        Responses responses = new Responses(files(arguments[1]));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            long start = System.nanoTime();
            String answer = validate(new File(line), roots, responses);
            out.println((System.nanoTime() - start) / 1e6 + "\t" + answer);
        }
    }

    private static String validate(File file, CommonTrustedCertificateSource roots, OCSPSource responses) {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(roots);
        verifier.setOcspSource(responses);
        verifier.setAIASource(null);
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
        validator.setCertificateVerifier(verifier);
        Reports reports = validator.validateDocument();
        StringBuilder answer = new StringBuilder();
        String sub = "";
        for (String id : reports.getSimpleReport().getSignatureIdList()) {
            answer.append(answer.length() == 0 ? "" : ",").append(reports.getSimpleReport().getIndication(id));
            if (sub.isEmpty() && reports.getSimpleReport().getSubIndication(id) != null) {
                sub = reports.getSimpleReport().getSubIndication(id).toString();
            }
        }
        return answer + "\t" + sub;
    }

    private static List<Path> files(String folder) throws Exception {
        try (Stream<Path> found = Files.list(Path.of(folder))) {
            return found.sorted().toList();
        }
    }
}
