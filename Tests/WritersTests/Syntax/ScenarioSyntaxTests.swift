import Testing
import Writers
