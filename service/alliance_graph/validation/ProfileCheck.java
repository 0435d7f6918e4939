// Prints the violations of an OWL 2 profile, one to a line. Run from source: java -cp <jars> ProfileCheck.java DL|RL <file URI>

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.model.*;
import org.semanticweb.owlapi.profiles.*;
import org.semanticweb.owlapi.vocab.OWL2Datatype;

class ProfileCheck {
    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        OWLProfile profile = arguments[0].equals("RL") ? new OWL2RLProfile() : new OWL2DLProfile();
        OWLOntology ontology =
                OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(IRI.create(arguments[1]));

        for (OWLProfileViolation violation : profile.checkOntology(ontology).getViolations()) {
            String text = violation.toString();
            String axiom = String.valueOf(violation.getAxiom());
            boolean joined = text.endsWith(axiom); // punning: the axiom follows without a space
            print(out, joined ? text.substring(0, text.length() - axiom.length()) + " [" + axiom + "]" : text);
        }
        // OWLAPI 3.4 lets datatypes pass that the OWL 2 datatype map lacks, such as xsd:date.
        for (OWLAxiom axiom : ontology.getLogicalAxioms()) {
            for (OWLDatatype datatype : axiom.getDatatypesInSignature()) {
                boolean defined = OWL2Datatype.isBuiltIn(datatype.getIRI())
                        || !ontology.getDatatypeDefinitions(datatype).isEmpty();
                if (!defined) {
                    print(out, "Use of datatype outside the OWL 2 datatype map: " + datatype + " [" + axiom + "]");
                }
            }
        }
        out.println("done");
    }

    private static void print(PrintStream out, String violation) {
        out.println("violation " + violation.replaceAll("\\s+", " "));
    }
}
