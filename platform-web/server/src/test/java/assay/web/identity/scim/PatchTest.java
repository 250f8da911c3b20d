package assay.web.identity.scim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The shapes of RFC 7644, section 3.5.2, and those that directories send. */
class PatchTest {
    private static final String BEFORE =
            "{'userName': 'babs', 'name': {'givenName': 'B'}, 'members': [{'value': '1'},"
                    + " {'value': '2'}], 'emails': [{'type': 'work', 'value': 'b@w', 'primary':"
                    + " true}, {'type': 'home', 'value': 'b@h'}]}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'op':'add','path':'members','value':[{'value':'3'},{'value':'1'}]} |"
                        + " members | [{'value':'1'},{'value':'2'},{'value':'3'}]",
                "{'op':'Remove','path':'members[value eq `2`]'} | members | [{'value':'1'}]",
                "{'op':'remove','path':'members'} | members | null",
                "{'op':'remove','path':'members','value':[{'value':'1'}]} | members |"
                        + " [{'value':'2'}]",
                "{'op':'replace','path':'members','value':[{'value':'9'}]} | members |"
                        + " [{'value':'9'}]",
                "{'op':'replace','path':'emails[type eq `work`].value','value':'n@w'} | emails |"
                        + " [{'type':'work','value':'n@w','primary':true},"
                        + " {'type':'home','value':'b@h'}]",
                "{'op':'add','path':'emails[type eq `other`].value','value':'o@o'} | emails |"
                        + " [{'type':'work','value':'b@w','primary':true},"
                        + " {'type':'home','value':'b@h'},{'type':'other','value':'o@o'}]",
                "{'op':'remove','path':'emails[type eq `work` and value ew `w`]'} | emails |"
                        + " [{'type':'home','value':'b@h'}]",
                "{'op':'add','value':{'emails':[{'value':'p@p','type':'p','primary':true}],'nickName':'Babs'}}"
                        + " | emails | [{'type':'work','value':'b@w'},"
                        + " {'type':'home','value':'b@h'},{'value':'p@p','type':'p','primary':true}]",
                "{'op':'Replace','path':'name.familyName','value':'J'} | name |"
                        + " {'givenName':'B','familyName':'J'}",
                "{'op':'replace','value':{'name.givenName':'C','ACTIVE':'False'}} | name |"
                        + " {'givenName':'C'}",
                "{'op':'remove','path':'name.givenName'} | name | {}",
                "{'op':'replace','path':'USERNAME','value':'x'} | userName | 'x'"
            })
    void changesWhatItSays(String operation, String attribute, String after) {
        ObjectNode resource = json(BEFORE);
        Patch.apply(resource, json("{'Operations': [" + operation.replace("`", "\\\"") + "]}"));
        assertThat(String.valueOf(resource.get(attribute))).isEqualTo(String.valueOf(value(after)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'op':'remove'} | NO_TARGET",
                "{'op':'replace','path':'emails[type eq `fax`].value','value':'x'} | NO_TARGET",
                "{'op':'move','path':'userName'} | INVALID_SYNTAX",
                "{'op':'replace','path':'id','value':'x'} | MUTABILITY",
                "{'op':'add','path':'groups','value':[]} | MUTABILITY",
                "{'op':'add','path':'emails[type','value':'x'} | INVALID_FILTER",
                "{'op':'add','path':'a b c','value':'x'} | INVALID_FILTER",
                "{'op':'add','path':'.x','value':'x'} | INVALID_PATH",
                "{'op':'add','value':'x'} | INVALID_VALUE"
            })
    void refusesWhatCanNotBeDone(String operation, ScimException.ScimType type) {
        String body = "{'Operations': [" + operation.replace("`", "\\\"") + "]}";
        assertThatThrownBy(() -> Patch.apply(json(BEFORE), json(body)))
                .isInstanceOfSatisfying(
                        ScimException.class, e -> assertThat(e.type()).isEqualTo(type));
    }

    private static ObjectNode json(String text) {
        return (ObjectNode) value(text);
    }

    private static tools.jackson.databind.JsonNode value(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }
}
