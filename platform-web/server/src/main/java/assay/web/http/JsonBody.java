package assay.web.http;

import assay.web.ErrorCode;
import assay.web.WebException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a request's body as one JSON object, within a bound. Stateless. NaN and infinities are read
 * although JSON has none, so that they can be refused by the name of their field.
 */
public final class JsonBody {
    private static final JsonMapper STRICT =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    private JsonBody() {}

    /**
     * The object in the body.
     *
     * @throws WebException REQUEST_TOO_LARGE, MALFORMED_JSON with the place, INVALID_REQUEST when
     *     it is no object
     */
    public static ObjectNode read(HttpServletRequest request, int maxBytes) throws IOException {
        if (request.getContentLengthLong() > maxBytes) {
            throw tooLarge(maxBytes);
        }
        byte[] bytes = request.getInputStream().readNBytes(maxBytes + 1);
        if (bytes.length > maxBytes) {
            throw tooLarge(maxBytes);
        }
        return object(bytes, "the body");
    }

    /**
     * The object that the bytes are, in UTF-8.
     *
     * @param what they are, for the error's text: "the body", "line 17"
     * @throws WebException MALFORMED_JSON with the place, INVALID_REQUEST when it is no object
     */
    public static ObjectNode object(byte[] bytes, String what) {
        JsonNode root;
        try {
            root = STRICT.readTree(bytes);
        } catch (JacksonException e) {
            var place = e.getLocation();
            throw new WebException(
                    ErrorCode.MALFORMED_JSON,
                    place == null
                            ? what + " is not JSON"
                            : what
                                    + " is not JSON: line "
                                    + place.getLineNr()
                                    + ", column "
                                    + place.getColumnNr());
        }
        if (root == null || root.isMissingNode()) {
            throw new WebException(ErrorCode.MALFORMED_JSON, what + " is empty");
        }
        if (!(root instanceof ObjectNode object)) {
            throw new WebException(ErrorCode.INVALID_REQUEST, what + ": not a JSON object");
        }
        return object;
    }

    private static WebException tooLarge(int maxBytes) {
        return new WebException(
                ErrorCode.REQUEST_TOO_LARGE, "the body: above " + maxBytes + " bytes");
    }
}
