import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URLEncoder;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * Evaluates templates with Apache Velocity 1.7, whose engine API Gateway uses.
 *
 * Each request is some lines of words in base64: the template, then one line for each variable
 * (its path, its Java type, its value), then an empty line. The answer is one line: the text, and
 * the status that the template set in $context.responseOverride.
 */
public class Velocity {
    /** $input: what the paths in a template lead to in the body, evaluated beforehand. */
    public static class Input {
        private final Map<String, Object> json = new HashMap<>();
        private final Map<String, Object> values = new HashMap<>();

        public Object json(String path) {
            return json.get(path);
        }

        public Object path(String path) {
            return values.get(path);
        }
    }

    /** $util. */
    public static class Util {
        public String escapeJavaScript(String text) {
            return StringEscapeUtils.escapeJavaScript(text);
        }

        public String urlEncode(String text) {
            return URLEncoder.encode(text, UTF_8);
        }
    }

    public static void main(String[] arguments) throws Exception {
        VelocityEngine engine = new VelocityEngine();
        engine.setProperty(
            "runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        engine.init();
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        PrintStream answers = new PrintStream(System.out, true, UTF_8);
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            String template = decoded(line);
            Map<String, Object> variables = new HashMap<>();
            Input input = new Input();
            for (line = requests.readLine(); !line.isEmpty(); line = requests.readLine()) {
                String[] words = line.split(" ", -1);
                put(variables, input, decoded(words[0]), value(words[1], decoded(words[2])));
            }
            variables.put("input", input);
            variables.put("util", new Util());
            Map<String, Object> override = child(child(variables, "context"), "responseOverride");
            StringWriter text = new StringWriter();
            engine.evaluate(new VelocityContext(variables), text, "template", template);
            answers.println(encoded(text.toString()) + " " + encoded("" + override.get("status")));
        }
    }

    private static void put(Map<String, Object> variables, Input input, String path, Object value) {
        if (path.startsWith("json:")) {
            input.json.put(path.substring(5), value);
        } else if (path.startsWith("path:")) {
            input.values.put(path.substring(5), value);
        } else {
            String[] names = path.split("\\.");
            Map<String, Object> map = variables;
            for (int i = 0; i < names.length - 1; i++) {
                map = child(map, names[i]);
            }
            map.put(names[names.length - 1], value);
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> child(Map<String, Object> map, String name) {
        return (Map<String, Object>) map.computeIfAbsent(name, key -> new HashMap<String, Object>());
    }

    private static Object value(String type, String text) {
        switch (type) {
            case "Long":
                return Long.valueOf(text);
            case "Integer":
                return Integer.valueOf(text);
            default:
                return text;
        }
    }

    private static String decoded(String word) {
        return new String(Base64.getDecoder().decode(word), UTF_8);
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }
}
